// SPDX-License-Identifier: MIT
// Whether a trial passed. A path with a queue loses nothing for a while although it can't carry the load, so a trial
// passes only if response times didn't grow either.

import type { LoadTrial, TrialVerdict } from './load-result.ts';
import type { IdlePath, MeasuredTrial } from './trial.ts';

/**
 * A trial that fails although its host offered less than this share of the load does not blame the path: what kept the
 * host from sending may have kept it from receiving.
 */
const LEAST_OFFERED_TO_FAIL = 0.98;

/** A trial that passes counts for what was offered; of less than this share it says too little. */
const LEAST_OFFERED_TO_PASS = 0.9;

const LEAST_GROWTH_NS = 1e6;

/** More than three times the spread of idle round-trip times is no coincidence. */
const GROWTH_IQRS = 3;

/** How much the median response time may grow from the first quarter of a trial to the last. */
export function growthLimitNs({ iqrNs }: Pick<IdlePath, 'iqrNs'>): number {
  return Math.max(LEAST_GROWTH_NS, GROWTH_IQRS * (iqrNs ?? 0));
}

/** @param limits  the goal's loss, and `growthLimitNs` of the idle path */
export function judgeTrial(
  trial: MeasuredTrial,
  limits: { readonly maxLossRatio: number; readonly growthNs: number },
): TrialVerdict {
  if (trial.cutBy !== null) return 'cut';
  const { lost, late, sent } = trial;
  const offeredRatio = trial.offeredPps / trial.intendedPps;
  const isLossy = missedRatio(trial) > limits.maxLossRatio;
  const hasGrown = (trial.growthNs ?? 0) > limits.growthNs;
  if (!isLossy && !hasGrown) return offeredRatio < LEAST_OFFERED_TO_PASS ? 'invalid' : 'low-loss';
  if (offeredRatio < LEAST_OFFERED_TO_FAIL) return 'invalid';
  if ((lost.path + late) / sent > limits.maxLossRatio) return 'high-loss';
  // The path is innocent of what this host dropped, and might have lost it too.
  return isLossy ? 'invalid' : 'growth';
}

/** The share of what was sent that was not answered in time, wherever it was lost. */
export function missedRatio({ sent, received }: Pick<MeasuredTrial, 'sent' | 'received'>): number {
  return sent === 0 ? 0 : (sent - received) / sent;
}

/** True if the trial shows that the path carries the load. */
export function isGood({ verdict }: Pick<LoadTrial, 'verdict'>): boolean {
  return verdict === 'low-loss';
}

/** True if the trial shows that the path does not carry the load. */
export function isBad({ verdict, cutBy }: Pick<LoadTrial, 'verdict' | 'cutBy'>): boolean {
  if (verdict === 'cut') return cutBy === 'loss' || cutBy === 'delay' || cutBy === 'silence';
  return verdict === 'high-loss' || verdict === 'growth';
}
