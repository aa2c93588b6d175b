// SPDX-License-Identifier: MIT
// Which rates are worth trying, once a trial has failed: what its replies tell of the limit.

import { growthLimitNs } from './judge-trial.ts';
import type { LoadTrial } from './load-result.ts';
import type { SearchPlan } from './next-load.ts';
import type { IdlePath } from './trial.ts';

/** How far guesses are from the likely limit, in permitted widths. */
const BELOW = 0.2;
const ABOVE = 0.25;

/** What two guesses that enclose the limit may be apart, in permitted widths. The rest is for slots that this host skips. */
const APART = 0.92;

/** A host that skips a larger share of its slots, in permitted widths, can't show a narrow bracket. */
const MOST_SKIPPED = 0.5;

/** Of each trial's time, what lies between the middles of its first and its last quarter. */
const GROWING = 0.75;

/**
 * A rate that should pass, one that should fail, and another in case that passes as well. Empty if too little arrived.
 *
 * @param trials  all that have run
 */
export function guessesOf(
  failed: LoadTrial,
  trials: readonly LoadTrial[],
  idle: IdlePath,
  { precisionRatio, goal }: Pick<SearchPlan, 'precisionRatio' | 'goal'>,
): readonly number[] {
  const { arrivalPps } = failed;
  if (arrivalPps === null) return [];
  const trialS = goal.finalTrialNs / 1e9;
  const skipped = Math.min(MOST_SKIPPED * precisionRatio, skippedRatio(trials));
  const unnoticed = growthLimitNs(idle) / 1e9 / (GROWING * trialS);
  const passesPps = arrivalPps + burstOf(failed, idle, arrivalPps) / trialS;
  const abovePps = (passesPps * (1 + unnoticed + ABOVE * precisionRatio)) / (1 - skipped);
  const apart = 1 - APART * precisionRatio;
  const belowPps = Math.max(arrivalPps * (1 - BELOW * precisionRatio), abovePps * apart);
  return [belowPps / (1 - skipped), abovePps, abovePps / apart];
}

/** What a policer's burst or a shaper's bucket let through beyond the rate at which replies arrived in the end. */
function burstOf(
  { received, durationNs, drainNs }: LoadTrial,
  { rttNs }: IdlePath,
  arrivalPps: number,
): number {
  const drainedNs = Math.max(0, (drainNs ?? 0) - (rttNs.p50 ?? 0));
  return Math.max(0, received - (arrivalPps * (durationNs + drainedNs)) / 1e9);
}

/** The share of slots in which this host usually sends nothing: the median, which one stall does not move. */
function skippedRatio(trials: readonly LoadTrial[]): number {
  const ratios = trials.map(({ offeredPps, intendedPps }) => 1 - offeredPps / intendedPps);
  ratios.sort((one, other) => one - other);
  return Math.max(0, ratios[Math.floor(ratios.length / 2)] ?? 0);
}
