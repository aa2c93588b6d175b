// A search on a simulated path, and what must hold of it whatever the path.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { shownBounds } from '../../src/load/bounds.ts';
import { growthLimitNs, isBad } from '../../src/load/judge-trial.ts';
import type { SearchPlan } from '../../src/load/next-load.ts';
import { Search, type SearchOutcome } from '../../src/load/search.ts';
import { SimulatedLoadPath, type SimulatedPath } from './simulated-load-path.ts';

export const SEARCH_PLAN: SearchPlan = {
  goal: { finalTrialNs: 2e9, durationSumNs: 6e9, maxLossRatio: 0, exceedRatio: 0.5 },
  precisionRatio: 0.02,
  startPps: 100,
  ceilingPps: 1e6,
  budgetNs: 60e9,
  budgetDatagrams: 1e7,
  hasOverload: false,
};

const DEAF = { begins: () => undefined, ended: () => undefined };

export interface SearchedLoad {
  readonly outcome: SearchOutcome;
  readonly path: SimulatedLoadPath;
}

export async function searchedLoad(
  simulated: SimulatedPath,
  changes: Partial<SearchPlan> = {},
): Promise<SearchedLoad> {
  const path = new SimulatedLoadPath(simulated);
  const outcome = await new Search(path, { ...SEARCH_PLAN, ...changes }, DEAF).run();
  return { outcome, path };
}

const SEED = fc.integer({ min: 1, max: 2 ** 31 });
const RTT_NS = fc.integer({ min: 10_000, max: 80_000_000 });
const LIMIT_PPS = fc.double({ min: 110, max: 3000, noNaN: true });
const STALL_RATIO = fc.constantFrom(0, 0, 0.05, 0.1);

/** A link with a queue, behind jitter, from a host that sometimes stalls. */
export const LINKS = fc.record({
  seed: SEED,
  rttNs: RTT_NS,
  jitterNs: fc.constantFrom(0, 100_000, 3_000_000),
  link: fc.record({ pps: LIMIT_PPS, queue: fc.integer({ min: 2, max: 2000 }) }),
  stallRatio: STALL_RATIO,
});

/** A policer whose bucket refills in the rest between two trials. */
export const POLICERS = fc
  .record({
    seed: SEED,
    rttNs: RTT_NS,
    pps: LIMIT_PPS,
    fill: fc.double({ min: 0.02, max: 0.19, noNaN: true }),
  })
  .map(({ pps, fill, ...path }) => ({
    ...path,
    policer: { pps, burst: Math.max(2, Math.round(pps * fill)) },
  }));

/** A path that carries more than the host can offer. */
export const BUSY_HOSTS = fc.record({
  seed: SEED,
  rttNs: RTT_NS,
  hostPps: fc.double({ min: 120, max: 2000, noNaN: true }),
  stallRatio: STALL_RATIO,
});

const TRIAL_S = SEARCH_PLAN.goal.finalTrialNs / 1e9;

/** A queue that grows by less than the limit is not noticed: that much above its rate a link passes. */
export async function checkLink(path: SimulatedPath): Promise<void> {
  const searched = await searchedLoad(path);
  const { bounds, reason, idle } = searched.outcome;
  const { pps } = path.link!;
  const unnoticed = growthLimitNs(idle) / 1e9 / (0.75 * TRIAL_S);
  assertBelow(bounds.lowerPps, pps * (1 + unnoticed) * 1.0001, 'lower bound');
  if (bounds.upperPps !== null) assert.ok(bounds.upperPps >= pps * 0.9999, 'upper bound');
  if (path.stallRatio === 0) assert.equal(reason, 'bracket');
  assertFrugal(searched);
}

export async function checkPolicer(path: SimulatedPath): Promise<void> {
  const searched = await searchedLoad(path);
  const { bounds, reason } = searched.outcome;
  const { pps, burst } = path.policer!;
  const truth = pps + burst / TRIAL_S;
  assert.equal(reason, 'bracket');
  // Two more or fewer in a trial: where it begins and ends.
  const slack = 2 / TRIAL_S;
  assertBelow(bounds.lowerPps, truth + slack, 'lower bound');
  assert.ok(bounds.upperPps! >= truth - slack, `upper bound: ${bounds.upperPps} < ${truth}`);
  assertFrugal(searched);
}

export async function checkBusyHost(path: SimulatedPath): Promise<void> {
  const searched = await searchedLoad(path);
  const { bounds, trials } = searched.outcome;
  assert.equal(bounds.upperPps, null, 'the path is not to blame');
  assert.deepEqual(trials.filter(isBad), []);
  // Rounded to whole datagrams in 2 s.
  assertBelow(
    shownBounds(trials, bounds, SEARCH_PLAN.goal).lowerPps,
    path.hostPps! + 1,
    'lower bound',
  );
  assertFrugal(searched);
}

/** Checks random paths, the same on every run. */
export async function onPaths(
  paths: fc.Arbitrary<SimulatedPath>,
  check: (path: SimulatedPath) => Promise<void>,
  numRuns: number,
): Promise<void> {
  await fc.assert(fc.asyncProperty(paths, check), { seed: 862, numRuns });
}

function assertBelow(actual: number | null, most: number, what: string): void {
  assert.ok(actual === null || actual <= most, `${what}: ${actual} > ${most}`);
}

/** What the budget and the manners permit. */
function assertFrugal({ outcome, path }: SearchedLoad): void {
  assert.ok(path.elapsedNs <= SEARCH_PLAN.budgetNs, `it took ${path.elapsedNs / 1e9} s`);
  let passed = SEARCH_PLAN.startPps / 2;
  for (const { intendedPps, verdict } of outcome.trials) {
    assert.ok(intendedPps <= 2.0001 * passed, `${intendedPps} after ${passed}`);
    if (verdict === 'low-loss') passed = Math.max(passed, intendedPps);
  }
}
