// SPDX-License-Identifier: MIT
// Classifies a load by its trials, as RFC 9971 does (appendices A and B): by how many seconds of them were good.

/** When a load is good enough (RFC 9971 section 4.6). */
export interface SearchGoal {
  /** Trials shorter than this don't prove that a load is carried. */
  readonly finalTrialNs: number;
  /** A load with trials of this length together is always classified. */
  readonly durationSumNs: number;
  /** A trial that loses more is bad. */
  readonly maxLossRatio: number;
  /** The share of the time that may have been bad. */
  readonly exceedRatio: number;
}

/** A trial as the classification sees it. */
export interface ClassifiedTrial {
  readonly durationNs: number;
  readonly isGood: boolean;
}

/** `lower`: the path carries the load. `upper`: it does not. */
export type LoadClass = 'lower' | 'upper' | 'undecided';

/** Classifies one load by all of its trials. */
export function classifyLoad(trials: readonly ClassifiedTrial[], goal: SearchGoal): LoadClass {
  const { finalTrialNs, durationSumNs, exceedRatio } = goal;
  const sumOf = (isFull: boolean, isGood: boolean): number =>
    sum(
      trials
        .filter((trial) => trial.durationNs >= finalTrialNs === isFull && trial.isGood === isGood)
        .map(({ durationNs }) => durationNs),
    );
  const balancingNs = (sumOf(false, true) * exceedRatio) / (1 - exceedRatio);
  const excessNs = Math.max(0, sumOf(false, false) - balancingNs);
  const goodNs = sumOf(true, true);
  const badNs = sumOf(true, false) + excessNs;
  const wholeNs = Math.max(goodNs + badNs, durationSumNs);
  const permittedNs = wholeNs * exceedRatio;
  if (badNs > permittedNs) return 'upper';
  return wholeNs - goodNs <= permittedNs ? 'lower' : 'undecided';
}

/** A full-length trial as the conditional throughput sees it. */
export interface LossyTrial {
  readonly durationNs: number;
  readonly lossRatio: number;
}

/**
 * The share of a load that arrives, by the trial at the goal's quantile of loss; what has not been tried counts as
 * lost.
 *
 * @param trials  all of the load's trials
 */
export function conditionalRatio(trials: readonly LossyTrial[], goal: SearchGoal): number {
  const full = trials
    .filter(({ durationNs }) => durationNs >= goal.finalTrialNs)
    .toSorted((one, other) => one.lossRatio - other.lossRatio);
  const wholeNs = Math.max(goal.durationSumNs, sum(full.map(({ durationNs }) => durationNs)));
  let remainingNs = wholeNs * (1 - goal.exceedRatio);
  for (const { durationNs, lossRatio } of full) {
    remainingNs -= durationNs;
    if (remainingNs <= 0) return 1 - lossRatio;
  }
  return 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
