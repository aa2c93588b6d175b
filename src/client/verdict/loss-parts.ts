// SPDX-License-Identifier: MIT
// Assigns one cause to each loss, as far as this end can know it. Sentences, colours and legends of losses come from
// here.

import { DROP_WORDS } from '../host/drop-words.ts';
import { icmpErrorText } from '../session/icmp-error-kind.ts';
import type { Measured, VerdictCode } from '../session/session-result.ts';

/**
 * Why a probe was lost: on the path or at the other end; on the way there or back, if that is known; at the other end;
 * in this host; refused by an ICMP error; or answered by something that is not a reply.
 */
export type LossCause =
  'path' | 'forward' | 'backward' | 'otherEnd' | 'thisHost' | 'icmpErrors' | 'unusable';

/** A number of losses with the same cause. */
export interface LossPart {
  readonly cause: LossCause;
  readonly count: number;
  /** Follows "Lost 12: 9 …". */
  readonly where: string;
  /** Follows "It was" or "All 9 were". */
  readonly fate: string;
}

/** The parts of a result that are evidence about its losses. */
export type LossEvidence = Pick<
  Measured,
  | 'datagrams'
  | 'hostDrops'
  | 'icmpErrors'
  | 'echogram'
  | 'target'
  | 'forward'
  | 'backward'
  | 'reflector'
  | 'rateLimit'
  | 'alterations'
  | 'elsewhere'
>;

/** Maximum kinds of ICMP errors to name. */
const NAMED_KINDS = 2;

/**
 * All losses of a measurement, as its verdict sees them: if no probe was answered, the datagrams that arrived instead
 * explain them.
 *
 * @param code  of the verdict
 */
export function lossParts(evidence: LossEvidence, code: VerdictCode): readonly LossPart[] {
  const { lost } = evidence.datagrams;
  if (lost === 0) return [];
  const undelivered = undeliveredFate(evidence, code);
  if (undelivered !== undefined) return [part('icmpErrors', lost, undelivered)];
  const instead = cameInstead(evidence, code);
  const known = instead === undefined ? knownParts(evidence) : present([capped(instead, lost)]);
  return [...known, ...restByDirection(evidence, known)];
}

/** Losses with a cause that this host knows, its own drops first. Each loss has the first cause that applies. */
export function knownParts(evidence: LossEvidence): readonly LossPart[] {
  const { datagrams, hostDrops, icmpErrors, echogram } = evidence;
  let left = datagrams.lost;
  const all = [
    {
      ...part('thisHost', hostDrops.sendQueue ?? 0, "lost in this host's send queue"),
      where: "in this host's send queue",
    },
    ...hostParts(hostDrops),
    part('icmpErrors', sumOf(echogram.icmpErrors), `answered by ${kindsOf(icmpErrors)}`),
    part('unusable', datagrams.corrupted, 'answered by altered replies'),
  ];
  const parts = all.map((each) => {
    const taken = capped(each, left);
    left -= taken.count;
    return taken;
  });
  return present(parts);
}

/** What the sockets of this host dropped, by cause. */
export function hostParts(drops: Measured['hostDrops']): readonly LossPart[] {
  const { receiveBuffer, checksum, bufferOrChecksum } = DROP_WORDS;
  return [
    {
      ...part('thisHost', drops.receiveBuffer ?? 0, `lost ${receiveBuffer}`),
      where: receiveBuffer,
    },
    part('unusable', drops.checksum ?? 0, checksum),
    part('thisHost', drops.bufferOrChecksum ?? 0, bufferOrChecksum),
  ];
}

/** All losses without a known cause. */
export function restParts(count: number, evidence: LossEvidence): readonly LossPart[] {
  if (count === 0) return [];
  if (evidence.rateLimit !== null) return [part('otherEnd', count, 'dropped by the rate limit')];
  const where = isHostKnown(evidence)
    ? 'on the path or at the other end'
    : 'on the path, at the other end or in this host';
  return [{ ...part('path', count, `lost ${where}`), where }];
}

/** True if this host would know of datagrams that it dropped itself. */
export function isHostKnown({ hostDrops }: Pick<LossEvidence, 'hostDrops'>): boolean {
  return hostDrops.receiveBuffer !== null && hostDrops.sendQueue !== null;
}

/**
 * The same by direction, if the other end numbers its replies. Drops here and altered replies belong to the way back.
 */
function restByDirection(evidence: LossEvidence, known: readonly LossPart[]): readonly LossPart[] {
  const { datagrams, forward, backward, reflector } = evidence;
  const rest = datagrams.lost - sumOf(known.map(({ count }) => count));
  const isTold = typeof forward?.lost === 'number' && typeof backward?.lost === 'number';
  if (!isTold || datagrams.received === 0) return restParts(rest, evidence);
  const [there, back] = [[], []] as [number[], number[]];
  for (const { cause, count } of known) (cause === 'icmpErrors' ? there : back).push(count);
  let left = rest;
  const parts = [
    part('forward', forward.lost - sumOf(there), 'lost on the way there'),
    part('backward', backward.lost - sumOf(back), 'lost on the way back'),
    part('otherEnd', reflector?.unanswered ?? 0, 'not answered by the other end'),
    part('path', rest, 'lost either way: nothing tells which'),
  ].map((each) => {
    const taken = capped(each, left);
    left -= taken.count;
    return taken;
  });
  return present(parts);
}

/**
 * Why no probe was delivered. Hosts and routers send fewer ICMP errors than they receive datagrams (RFC 1812 section
 * 4.3.2.8).
 */
function undeliveredFate(
  { target, icmpErrors }: LossEvidence,
  code: VerdictCode,
): string | undefined {
  if (code === 'NOTHING_LISTENS') return `refused: nothing listens on port ${target.port}`;
  if (code === 'ICMP_ERROR') return `not delivered: ${kindsOf(icmpErrors)}`;
  return undefined;
}

/** What arrived instead of replies, if there was no reply. */
function cameInstead(evidence: LossEvidence, code: VerdictCode): LossPart | undefined {
  const { datagrams, reflector, elsewhere } = evidence;
  switch (code) {
    case 'WRONG_PROTOCOL':
      return part(
        'unusable',
        Math.max(reflector?.unaltered ?? 0, evidence.alterations.udpEchoPlus),
        'answered in another protocol',
      );
    case 'WRONG_KEY':
      return part(
        'unusable',
        reflector?.unauthenticated ?? 0,
        'answered, but failed HMAC verification',
      );
    case 'FROM_ELSEWHERE':
      return part('unusable', elsewhere?.datagrams ?? 0, 'answered from another address or port');
    case 'STRAYS':
      return part('unusable', datagrams.stray, 'answered by something that is no reply');
    default:
      return undefined;
  }
}

function part(cause: LossCause, count: number, fate: string): LossPart {
  return { cause, count, where: fate, fate };
}

function capped(part: LossPart, most: number): LossPart {
  return { ...part, count: Math.max(0, Math.min(part.count, most)) };
}

function present(parts: readonly LossPart[]): readonly LossPart[] {
  return parts.filter(({ count }) => count > 0);
}

/** `ICMP "port unreachable" from 192.0.2.7`, the most frequent first. */
function kindsOf(icmpErrors: Measured['icmpErrors']): string {
  const kinds = [...icmpErrors].sort((a, b) => b.count - a.count).map(icmpErrorText);
  const others = kinds.length > NAMED_KINDS ? ' and others' : '';
  return `${kinds.slice(0, NAMED_KINDS).join(' and ')}${others}`;
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
