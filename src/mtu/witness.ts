// SPDX-License-Identifier: MIT
// Whether a datagram that was not answered reached the other end: the next reply is the witness, if the other end counts
// its replies (RFC 8972 section 4, a stateful STAMP reflector; TR-143 appendix A.1.4, TestRespSN).

import type { Trial } from './trial.ts';

/**
 * Says of each unanswered datagram whether it arrived, as far as that is known.
 *
 * @param trials  in the order of sending
 * @returns `undefined` if the other end does not count its replies, or counts those to others too
 */
export function arrivalsOf(trials: readonly Trial[]): ReadonlyMap<Trial, boolean> | undefined {
  const arrivals = new Map<Trial, boolean>();
  let unanswered: Trial[] = [];
  let before: number | undefined;
  for (const trial of trials) {
    if (isWithheld(trial)) continue;
    const { outcome } = trial;
    if (outcome.kind !== 'reply') {
      unanswered.push(trial);
      continue;
    }
    if (outcome.number === null) return undefined;
    if (before !== undefined) {
      const arrived = ((outcome.number - before) >>> 0) - 1;
      if (arrived < 0 || arrived > unanswered.length) return undefined;
      noteArrivals(arrivals, unanswered, arrived);
    }
    before = outcome.number;
    unanswered = [];
  }
  return before === undefined ? undefined : arrivals;
}

/** It never left this host. */
function isWithheld({ outcome: { kind } }: Trial): boolean {
  return kind === 'too-long' || kind === 'unsent';
}

/** If some arrived and others did not, which ones is unknown. */
function noteArrivals(
  arrivals: Map<Trial, boolean>,
  trials: readonly Trial[],
  count: number,
): void {
  if (count !== 0 && count !== trials.length) return;
  for (const trial of trials) arrivals.set(trial, count > 0);
}
