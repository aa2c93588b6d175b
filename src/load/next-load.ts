// SPDX-License-Identifier: MIT
// Which rate a search tries next.

import { widthOf, type Bounds } from './bounds.ts';
import type { SearchGoal } from './classify.ts';
import { isBad, isGood } from './judge-trial.ts';
import type { LoadTrial, Throughput } from './load-result.ts';

/** What a search may do. */
export interface SearchPlan {
  readonly goal: SearchGoal;
  /** How narrow the bracket must be. */
  readonly precisionRatio: number;
  /** The lowest rate: if it fails, the search is over. */
  readonly startPps: number;
  readonly ceilingPps: number;
  readonly budgetNs: number;
  readonly budgetDatagrams: number;
  /** True if the path is also tried a tenth above the result. */
  readonly hasOverload: boolean;
}

/** What a search knows. */
export interface SearchState {
  readonly plan: SearchPlan;
  readonly trials: readonly LoadTrial[];
  readonly bounds: Bounds;
  /** Rates that are likely to be close to the limit, the lowest first. */
  readonly guesses: readonly number[];
  /** The lowest rate that this host could not offer; Infinity if it could offer all. */
  readonly hostPps: number;
}

/** No use looking for the limit of a host more closely. */
const HOST_WIDTH = 0.2;

/** Trials at nearly the same rate that are classified differently: it can't be told more precisely. */
const CLOSEST_RATIO = 1e-4;

/** The next rate to classify, or why the bracket is final. */
export function nextLoad(state: SearchState): number | Throughput['reason'] {
  const { bounds, plan, hostPps } = state;
  const { lowerPps, upperPps } = bounds;
  const width = widthOf(bounds);
  if (width !== null && width <= Math.max(plan.precisionRatio, CLOSEST_RATIO)) return 'bracket';
  const guess = nextGuess(state);
  if (guess !== undefined) return guess;
  if (lowerPps === null) return nextBelow(state, upperPps ?? Infinity);
  if (upperPps === null || hostPps < upperPps) return nextAbove(state, lowerPps);
  return Math.sqrt(lowerPps * upperPps);
}

/** The highest rate that a trial may have: twice the last that passed, and no more than is permitted. */
export function highestPps({ plan, trials }: Pick<SearchState, 'plan' | 'trials'>): number {
  const passed = passedLoads(trials);
  return Math.min(plan.ceilingPps, Math.max(plan.startPps, ...passed.map((pps) => 2 * pps)));
}

function nextGuess(state: SearchState): number | undefined {
  const { bounds, guesses, hostPps, plan } = state;
  const topPps = Math.min(bounds.upperPps ?? Infinity, hostPps);
  const mostPps = highestPps(state);
  const leastPps = bounds.lowerPps ?? plan.startPps;
  return guesses.find((pps) => pps > leastPps && pps < topPps && pps <= mostPps);
}

/** Nothing was carried so far: the highest rate that passed a short trial, or else half. */
function nextBelow(
  { plan, trials, hostPps }: SearchState,
  upperPps: number,
): number | Throughput['reason'] {
  const { startPps } = plan;
  const topPps = Math.min(upperPps, hostPps);
  if (topPps <= startPps) return topPps === upperPps ? 'start-fails' : 'host';
  const passed = passedLoads(trials).filter((pps) => pps < topPps);
  if (passed.length > 0) return Math.max(...passed);
  return topPps === Infinity ? startPps : Math.max(startPps, topPps / 2);
}

/** Nothing is known to fail below what the host can offer: between this and a short trial that failed, or else twice. */
function nextAbove(state: SearchState, lowerPps: number): number | Throughput['reason'] {
  const { plan, trials, hostPps } = state;
  if (lowerPps >= plan.ceilingPps) return 'ceiling';
  if ((hostPps - lowerPps) / hostPps <= HOST_WIDTH) return 'host';
  if (hostPps !== Infinity) return Math.sqrt(lowerPps * hostPps);
  const failed = trials.filter(isBad).map(({ intendedPps }) => intendedPps);
  const between = failed.filter((pps) => pps > lowerPps).map((pps) => Math.sqrt(pps * lowerPps));
  return Math.min(...between, highestPps(state));
}

function passedLoads(trials: readonly LoadTrial[]): readonly number[] {
  return trials.filter(isGood).map(({ intendedPps }) => intendedPps);
}
