// A search on simulated paths, whose limits are known.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shownBounds, widthOf } from '../../../src/load/bounds.ts';
import { capacityOf, limitOf } from '../../../src/load/limit.ts';
import type { LoadLimit } from '../../../src/load/load-result.ts';
import type { SearchOutcome } from '../../../src/load/search.ts';
import {
  BUSY_HOSTS,
  checkBusyHost,
  checkLink,
  checkPolicer,
  LINKS,
  onPaths,
  POLICERS,
  SEARCH_PLAN,
  searchedLoad,
} from '../../helpers/searched-load.ts';

const QUIET = { seed: 1, rttNs: 200_000 } as const;

/** The long tests of test/system/load/ draw more. */
const RUNS = 60;

/** 1 Mbit/s carries 106 octets (64, and headers of 42) 1,179.245 times a second; 100 of them take 84.8 ms. */
const LINK = { pps: 1e6 / 848, queue: 100 };

const BYTES = { payloadBytes: 64, ipBytes: 92 };

function limit({ trials, idle, reason }: SearchOutcome): LoadLimit {
  return limitOf(trials, idle, reason);
}

test('a link of 1 Mbit/s, its rate and its queue are found', async () => {
  const { outcome, path } = await searchedLoad({ ...QUIET, link: LINK });
  const { lowerPps, upperPps } = outcome.bounds;
  assert.equal(outcome.reason, 'bracket');
  assert.ok(lowerPps! > 1165 && lowerPps! <= 1179.3 && upperPps! >= 1179.2);
  assert.ok((upperPps! - lowerPps!) / upperPps! <= 0.02);
  const found = limit(outcome);
  assert.equal(found.kind, 'queue');
  assert.equal(found.queueIsFull, true);
  assert.ok(Math.abs(found.queueNs! - 84.8e6) < 1.5e6, String(found.queueNs));
  const capacity = capacityOf(outcome.trials, found, BYTES)!;
  assert.ok(Math.abs(capacity.pps - 1179.245) < 0.01, String(capacity.pps));
  // 106 octets with the headers, and 24 of preamble, FCS and gap.
  assert.ok(Math.abs(capacity.ethernetBps - 1179.245 * 130 * 8) < 20);
  assert.ok(path.elapsedNs < 45e9, `it took ${path.elapsedNs / 1e9} s`);
});

for (const [host, changes] of [
  ['jitter of 3 ms', { jitterNs: 3e6 }],
  ['a host that skips a slot in a thousand', { skippedRatio: 0.001 }],
] as const) {
  test(`despite a shaper's bucket and ${host} the bracket contains the rate`, async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const link = { ...LINK, bucket: 1600 / 106 };
      const { outcome, path } = await searchedLoad({ ...QUIET, ...changes, seed, link });
      const shown = shownBounds(outcome.trials, outcome.bounds, SEARCH_PLAN.goal);
      const seen = JSON.stringify({ seed, shown });
      assert.ok(shown.lowerPps! <= LINK.pps && shown.upperPps! >= LINK.pps, seen);
      assert.ok(widthOf(shown)! <= 0.02, seen);
      assert.ok(path.elapsedNs <= 45e9, `${seen} took ${path.elapsedNs / 1e9} s`);
    }
  });
}

test('a first guess that was too high is replaced', async () => {
  // The bucket is not empty before the last seventh of the ramp's trial at 1,600/s.
  const policer = { pps: 1308.8, burst: 249 };
  const { outcome, path } = await searchedLoad({ ...QUIET, policer });
  const { lowerPps, upperPps } = outcome.bounds;
  const truth = 1308.8 + 249 / 2;
  assert.equal(outcome.reason, 'bracket');
  assert.ok(lowerPps! <= truth && upperPps! >= truth - 1, `${lowerPps} ${upperPps}`);
  assert.ok(path.elapsedNs <= 50e9, `it took ${path.elapsedNs / 1e9} s`);
});

test("a policer's rate and burst are told apart: 1,000 and 200 make 1,100 for 2 s", async () => {
  const policer = { pps: 1000, burst: 200 };
  const { outcome } = await searchedLoad({ ...QUIET, policer });
  const { lowerPps, upperPps } = outcome.bounds;
  assert.ok(lowerPps! <= 1100 && upperPps! >= 1099 && upperPps! - lowerPps! <= 22);
  const found = limit(outcome);
  assert.equal(found.kind, 'policer');
  assert.ok(Math.abs(found.policerPps! - 1000) < 2, String(found.policerPps));
  assert.ok(Math.abs(found.policerBurst! - 200) < 3, String(found.policerBurst));
});

test('a path that loses 1 % fails at the start, and passes where 2 % is permitted', async () => {
  const lossy = { ...QUIET, lossRatio: 0.01 };
  const strict = await searchedLoad(lossy);
  assert.equal(strict.outcome.reason, 'start-fails');
  assert.equal(strict.outcome.bounds.lowerPps, null);
  assert.equal(limit(strict.outcome).kind, 'unknown');
  assert.equal(capacityOf(strict.outcome.trials, limit(strict.outcome), BYTES), null);
  const goal = { ...SEARCH_PLAN.goal, maxLossRatio: 0.02 };
  const lenient = await searchedLoad(lossy, { goal, ceilingPps: 3000 });
  assert.equal(lenient.outcome.reason, 'ceiling');
  assert.equal(lenient.outcome.bounds.lowerPps, 3000);
  assert.equal(limit(lenient.outcome).kind, 'none');
});

test('a path without an answer ends the search after the idle probes', async () => {
  const { outcome, path } = await searchedLoad({ ...QUIET, lossRatio: 1 });
  assert.equal(outcome.code, 'NO_REPLY');
  assert.deepEqual(outcome.trials, []);
  assert.equal(path.sent, 50);
});

test('a host that can offer 5,000 a second says so, and does not blame the path', async () => {
  const { outcome } = await searchedLoad({ ...QUIET, hostPps: 5000 });
  assert.equal(outcome.reason, 'host');
  assert.equal(outcome.bounds.upperPps, null);
  const { lowerPps } = shownBounds(outcome.trials, outcome.bounds, SEARCH_PLAN.goal);
  assert.ok(lowerPps! > 4000 && lowerPps! <= 5000.5, String(lowerPps));
  assert.equal(limit(outcome).kind, 'host');
});

test('the bracket of a link contains its rate', async () => {
  await onPaths(LINKS, checkLink, RUNS);
});

test('the bracket of a policer contains its rate and its burst over the trial', async () => {
  await onPaths(POLICERS, checkPolicer, RUNS);
});

test('a busy host never blames the path', async () => {
  await onPaths(BUSY_HOSTS, checkBusyHost, RUNS);
});

test('no budget is exceeded, whatever it is', async () => {
  const budgets = fc.record({
    seconds: fc.integer({ min: 1, max: 60 }),
    datagrams: fc.integer({ min: 50, max: 40_000 }),
  });
  const property = fc.asyncProperty(LINKS, budgets, async (path, { seconds, datagrams }) => {
    const budget = { budgetNs: seconds * 1e9, budgetDatagrams: datagrams };
    const searched = await searchedLoad({ ...path, stallRatio: 0 }, budget);
    assert.ok(searched.path.sent <= Math.max(50, datagrams), `${searched.path.sent} sent`);
    // The idle path is always measured.
    assert.ok(searched.path.elapsedNs <= Math.max(2.2e9, budget.budgetNs));
  });
  await fc.assert(property, { seed: 862, numRuns: 60 });
});
