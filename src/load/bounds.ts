// SPDX-License-Identifier: MIT
// The bracket that all trials together leave: RFC 9971's relevant bounds.

import { classifyLoad, conditionalRatio, type LoadClass, type SearchGoal } from './classify.ts';
import { isBad, isGood, missedRatio } from './judge-trial.ts';
import type { LoadTrial } from './load-result.ts';

export interface Bounds {
  /** The largest load that is carried and below the upper bound. */
  readonly lowerPps: number | null;
  /** The smallest load that is not carried. */
  readonly upperPps: number | null;
}

/** The trials of a load, by intended rate. Those that say nothing about the path are left out. */
function trialsAt(trials: readonly LoadTrial[], pps: number): readonly LoadTrial[] {
  return trials.filter((trial) => trial.intendedPps === pps && (isGood(trial) || isBad(trial)));
}

/** Classifies a load by its intended rate. */
export function classOf(trials: readonly LoadTrial[], pps: number, goal: SearchGoal): LoadClass {
  const seen = trialsAt(trials, pps).map((trial) => ({
    // A trial that was cut failed, however long it would have run.
    durationNs:
      trial.verdict === 'cut' ? Math.max(trial.durationNs, goal.finalTrialNs) : trial.durationNs,
    isGood: isGood(trial),
  }));
  return classifyLoad(seen, goal);
}

/** The relevant bounds, as intended rates. */
export function boundsOf(trials: readonly LoadTrial[], goal: SearchGoal): Bounds {
  const loads = [...new Set(trials.map(({ intendedPps }) => intendedPps))];
  const ofClass = (wanted: LoadClass): number[] =>
    loads.filter((pps) => classOf(trials, pps, goal) === wanted);
  const upperPps = Math.min(...ofClass('upper'));
  const lowerPps = Math.max(...ofClass('lower').filter((pps) => pps < upperPps));
  return { lowerPps: finite(lowerPps), upperPps: finite(upperPps) };
}

/**
 * The bracket as far as it was shown: a host that skipped slots has only shown that the path carries what was really
 * sent. That is the most for which the trials that sent as much, and all that failed, still make a lower bound. What
 * failed was sent at the intended rate but for the skipped slots, so the upper bound stays.
 */
export function shownBounds(
  trials: readonly LoadTrial[],
  { lowerPps, upperPps }: Bounds,
  goal: SearchGoal,
): Bounds {
  if (lowerPps === null) return { lowerPps, upperPps };
  const seen = trialsAt(trials, lowerPps);
  const offered = seen.filter(isGood).map(({ offeredPps }) => offeredPps);
  const isShown = (pps: number): boolean => {
    const counted = seen.filter((trial) => isBad(trial) || trial.offeredPps >= pps);
    return classOf(counted, lowerPps, goal) === 'lower';
  };
  return { lowerPps: Math.max(Math.min(...offered), ...offered.filter(isShown)), upperPps };
}

/** The share of a load that arrived: RFC 9971's conditional throughput, divided by the load. */
export function arrivingRatio(trials: readonly LoadTrial[], pps: number, goal: SearchGoal): number {
  const seen = trialsAt(trials, pps).map((trial) => ({
    durationNs: trial.durationNs,
    lossRatio: missedRatio(trial),
  }));
  return conditionalRatio(seen, goal);
}

/** RFC 9971's relative width; `null` without both bounds. */
export function widthOf({ lowerPps, upperPps }: Bounds): number | null {
  return lowerPps === null || upperPps === null ? null : (upperPps - lowerPps) / upperPps;
}

function finite(pps: number): number | null {
  return Number.isFinite(pps) ? pps : null;
}
