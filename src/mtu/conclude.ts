// SPDX-License-Identifier: MIT
// What the evidence means for each direction (docs/mtu.md has the table).

import { MAX_PAYLOAD_BYTES_IPV4, MAX_PAYLOAD_BYTES_IPV6 } from '../socket/datagram-socket.ts';
import type { IpVersion } from '../socket/resolve.ts';
import { isReply, isUnanswered, type Bracket, type Evidence } from './evidence.ts';
import { controlsOf, hasNoLoss, triesNeeded } from './loss.ts';
import type { BackwardMtu, ForwardMtu, FragmentFates, MtuRange } from './mtu-result.ts';
import type { Trial } from './trial.ts';

/** The headers of IP and UDP (RFC 791 section 3.1, RFC 8200 section 3, RFC 768), in octets. */
export const HEADER_BYTES: Readonly<Record<IpVersion, number>> = { 4: 28, 6: 48 };

/** The packet of the longest datagram. */
const LONGEST: Readonly<Record<IpVersion, number>> = {
  4: MAX_PAYLOAD_BYTES_IPV4 + HEADER_BYTES[4],
  6: MAX_PAYLOAD_BYTES_IPV6 + HEADER_BYTES[6],
};

export interface Findings {
  readonly forward: ForwardMtu;
  readonly backward: BackwardMtu;
  readonly fragments: FragmentFates;
  /** Packets above a certain size vanish in one direction or the other. */
  readonly isDirectionUnknown: boolean;
}

/** How a bracket's upper end is known. */
type Certainty = 'firm' | 'missing' | 'open';

export function conclude(evidence: Evidence): Findings {
  const there = evidence.forward();
  const back = evidence.backward();
  const isWitnessed = evidence.arrivals() !== undefined;
  const certainty = certaintyOf(evidence, 'forward', there);
  // Replies longer than what gets there came back, in fragments of longer requests: so the hole is on the way there.
  const isForwardHole = isWitnessed || back.lo >= (there.hi ?? Infinity);
  const isDirectionUnknown = certainty !== 'firm' && there.hi !== undefined && !isForwardHole;
  const forward = isDirectionUnknown
    ? vagueForward(evidence, there.lo)
    : forwardOf(evidence, there, certainty);
  return {
    forward,
    backward: backwardOf(evidence, back, forward, isDirectionUnknown),
    fragments: {
      local: fateOf(evidence, 'at-source'),
      router: fateOf(evidence, 'by-routers'),
    },
    isDirectionUnknown: isDirectionUnknown && certainty === 'missing',
  };
}

/** The portable engine sees neither packets nor fragments. */
export const NOTHING_KNOWN: Findings = {
  forward: {
    ...{ mtu: null, payload: null, range: { from: null, to: null } },
    ...{ limitedBy: 'unknown', router: null },
  },
  backward: {
    ...{ mtu: null, payload: null, range: { from: null, to: null } },
    ...{ how: 'unknown', cause: null },
  },
  fragments: { local: null, router: null },
  isDirectionUnknown: false,
};

function certaintyOf(
  evidence: Evidence,
  direction: 'forward' | 'backward',
  { lo, hi, isFirm }: Bracket,
): Certainty {
  if (hi === undefined || hi - lo > 1) return 'open';
  if (isFirm) return 'firm';
  const missing = evidence.missing(direction, hi).filter(({ isPatient }) => isPatient);
  return missing.length >= triesNeeded(controlsOf(evidence.trials)) ? 'missing' : 'open';
}

function forwardOf(evidence: Evidence, { lo, hi }: Bracket, certainty: Certainty): ForwardMtu {
  if (lo >= LONGEST[evidence.ipVersion]) {
    const range = { from: lo, to: null };
    return { ...limitOf(evidence, null, range), limitedBy: 'none-up-to', router: null };
  }
  if (hi === undefined || certainty === 'open') return vagueForward(evidence, lo);
  const exact = limitOf(evidence, lo, { from: lo, to: lo });
  const router = routerAt(evidence, hi);
  if (router !== undefined) return { ...exact, limitedBy: 'ptb', router };
  const isOwn = certainty === 'firm';
  return { ...exact, limitedBy: isOwn ? 'interface' : 'silent', router: null };
}

function vagueForward(evidence: Evidence, lo: number): ForwardMtu {
  const range = { from: lo === 0 ? null : lo, to: highest(evidence) };
  return { ...limitOf(evidence, null, range), limitedBy: 'unknown', router: null };
}

/** The largest size that is not known to be too large. */
function highest(evidence: Evidence): number | null {
  const { lo } = evidence.forward();
  const stopped = evidence.current
    .filter((trial) => trial.fragmentation === 'whole' && evidence.isSensible(trial))
    .map(({ size }) => size - 1)
    .filter((size) => size >= lo);
  const own = evidence.ownLimit === undefined ? [] : [evidence.ownLimit];
  const limits = [...stopped, ...own];
  return limits.length === 0 ? null : Math.min(...limits);
}

function backwardOf(
  evidence: Evidence,
  bracket: Bracket,
  forward: ForwardMtu,
  isVague: boolean,
): BackwardMtu {
  const { lo, hi, isFirm } = bracket;
  const certainty = certaintyOf(evidence, 'backward', bracket);
  if (hi === undefined) {
    const how = isVague || lo === 0 ? 'unknown' : 'whole';
    const range = { from: lo === 0 ? null : lo, to: null };
    return { ...limitOf(evidence, null, range), how, cause: null };
  }
  const how = isFirm ? 'fragments' : certainty === 'open' ? 'unknown' : 'silent';
  const cause = isFirm ? causeOf(evidence, lo, forward) : null;
  if (certainty !== 'open') {
    return { ...limitOf(evidence, lo, { from: lo, to: lo }), how, cause };
  }
  return { ...limitOf(evidence, null, { from: lo, to: isFirm ? hi - 1 : null }), how, cause };
}

function limitOf(
  { ipVersion }: Evidence,
  mtu: number | null,
  range: MtuRange,
): { mtu: number | null; payload: number | null; range: MtuRange } {
  return { mtu, payload: mtu === null ? null : mtu - HEADER_BYTES[ipVersion], range };
}

/** Who said that this size is too large. */
function routerAt(evidence: Evidence, size: number): string | undefined {
  const said = evidence.current.findLast(
    (trial) => trial.size === size && evidence.isSensible(trial),
  );
  return said?.outcome.kind === 'too-big' ? said.outcome.router : undefined;
}

/**
 * Why replies above this size come in fragments: what became of the first datagram that can have got there. If it was lost
 * elsewhere or by chance, or is still waited for, nobody knows.
 */
function causeOf(evidence: Evidence, lo: number, forward: ForwardMtu): BackwardMtu['cause'] {
  const arrivals = evidence.arrivals();
  const { from: there, to: most } = forward.range;
  const reaches = (trial: Trial, limit: number | null): boolean =>
    trial.fragmentation === 'whole'
      ? trial.size <= (limit ?? Infinity)
      : evidence.isAnswered(trial);
  const first = evidence.current.find(
    (trial) =>
      trial.size > lo &&
      ['reply', 'lost', 'waiting'].includes(trial.outcome.kind) &&
      arrivals?.get(trial) !== false &&
      (trial.fragmentation !== 'whole' || reaches(trial, most)),
  );
  if (first === undefined) return null;
  if (isReply(first)) return 'cut';
  if (!isUnanswered(first) || !reaches(first, there)) return null;
  return hasNoLoss(controlsOf(evidence.trials)) ? 'icmp' : null;
}

function fateOf(evidence: Evidence, fragmentation: Trial['fragmentation']): FragmentFates['local'] {
  const trials = evidence.current.filter((trial) => trial.fragmentation === fragmentation);
  if (trials.some(isReply)) return 'pass';
  const { length } = evidence.unansweredAs(fragmentation);
  return length < triesNeeded(controlsOf(evidence.trials)) ? null : 'dropped';
}
