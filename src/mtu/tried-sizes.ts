// SPDX-License-Identifier: MIT
// What became of each size of a search, as counts.

import { HEADER_BYTES } from './conclude.ts';
import { isReply, type Evidence } from './evidence.ts';
import type { TriedSize } from './mtu-result.ts';
import type { Trial } from './trial.ts';

/** All that were sent, the smallest first, also those from before the route changed. */
export function triedSizes(evidence: Evidence): readonly TriedSize[] {
  const arrivals = evidence.arrivals();
  const groups = new Map<string, Trial[]>();
  for (const trial of evidence.trials) {
    const key = `${trial.size} ${trial.fragmentation}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(trial);
  }
  return [...groups.values()]
    .map((trials) => describe(trials, evidence, arrivals))
    .sort((one, other) => one.size - other.size);
}

function describe(
  trials: readonly Trial[],
  { ipVersion }: Evidence,
  arrivals: ReturnType<Evidence['arrivals']>,
): TriedSize {
  const { size, fragmentation } = trials[0]!;
  const fragments = trials.map(fragmentOf).filter((fragment) => fragment > 0);
  const replies = trials.filter(isReply).length;
  const lost = trials.filter(({ outcome }) => outcome.kind === 'lost');
  const said = trials.findLast(({ outcome }) => outcome.kind === 'too-big')?.outcome;
  const count = (...kinds: readonly Trial['outcome']['kind'][]): number =>
    trials.filter(({ outcome }) => kinds.includes(outcome.kind)).length;
  return {
    size,
    payload: size - HEADER_BYTES[ipVersion],
    fragmentation,
    sent: trials.length - count('too-long', 'unsent'),
    whole: replies - fragments.length,
    fragmented: fragments.length,
    largestFragment: fragments.length === 0 ? null : Math.max(...fragments),
    tooBig: count('too-big'),
    router: said?.kind === 'too-big' && said.router !== '' ? said.router : null,
    nextHopMtu: said?.kind === 'too-big' ? said.nextHopMtu : null,
    tooLong: count('too-long'),
    icmpErrors: count('icmp-error'),
    lost: lost.length,
    arrived: lost.filter((trial) => arrivals?.get(trial) === true).length,
  };
}

/** 0 if it arrived whole, NaN if that is unknown or it did not arrive. */
function fragmentOf({ outcome }: Trial): number {
  return outcome.kind === 'reply' ? outcome.fragment : NaN;
}
