// SPDX-License-Identifier: MIT
// What became of a trial of a load, in a few words.

import type { LoadTrial, TrialCut } from '../load/load-result.ts';
import { missedOf, pathLossRatio, placeOfLoss, rateNear } from '../load/verdict/load-words.ts';
import { countOf, formatCount, formatNs, formatRatio } from '../quantities.ts';

export function outcomeWords(trial: LoadTrial): string {
  const { verdict, sent, growthNs, cutBy } = trial;
  switch (verdict) {
    case 'low-loss': {
      const missed = missedOf(trial);
      return missed === 0 ? 'passed' : `passed, ${formatRatio(missed / sent)} lost`;
    }
    case 'high-loss':
      return `${formatCount(trial.lost.path + trial.late)} of ${formatCount(sent)} lost ${placeOfLoss(trial)} (${formatRatio(pathLossRatio(trial))})`;
    case 'growth':
      return `a queue grew by ${formatNs(growthNs)}`;
    case 'invalid':
      return invalidWords(trial);
    case 'cut':
      return `cut, ${CUT_WORDS[cutBy ?? 'stop']}`;
  }
}

const CUT_WORDS: Readonly<Record<TrialCut, string>> = {
  loss: 'because more than half was lost',
  delay: 'because replies took a second longer than without load',
  silence: 'because no reply came any more',
  icmp: 'because ICMP reported the target unreachable',
  stop: 'because the measurement was stopped',
};

function invalidWords({ offeredPps, intendedPps, lost }: LoadTrial): string {
  const { receiveBuffer } = lost;
  if (receiveBuffer !== null && receiveBuffer > 0) {
    return `no answer, this host dropped ${countOf(receiveBuffer, 'reply', 'replies')}`;
  }
  return `no answer, this host offered only ${rateNear(offeredPps)}/s (${formatRatio(offeredPps / intendedPps)})`;
}

/** A profile begins with this share. */
const FIRST_SHARE = 0.1;

/**
 * The intended rate that is 100 % of a profile. What was really sent, as the bracket has it, may be a little less.
 *
 * @param steps  at least one, in the order in which they ran
 */
export function wholeOf(steps: readonly LoadTrial[]): number {
  return steps[0]!.intendedPps / FIRST_SHARE;
}
