import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkThresholds, p99LimitNs } from '../../../src/client/thresholds.ts';
import { madeResult, NO_VALUES } from '../../helpers/made-result.ts';
import { counts, play } from '../../helpers/made-session.ts';

test('what was not sent counts as missed, of all that was asked for', () => {
  const datagrams = counts({ sent: 12, received: 10, lost: 1, late: 1, sendFailed: 28 });
  const measured = madeResult({ datagrams });
  // 30 of 40.
  assert.deepEqual(checkThresholds({ maxLossRatio: 0.75 }, measured, 0), [
    { name: 'missedRatio', limit: 0.75, actual: 0.75, held: true },
  ]);
  assert.equal(checkThresholds({ maxLossRatio: 0.7499 }, measured, 0)[0]!.held, false);
});

test('a limit that there is nothing to hold against does not hold', () => {
  const measured = madeResult({ datagrams: counts({ lossRatio: null }), rttNs: NO_VALUES });
  assert.deepEqual(checkThresholds({ maxLossRatio: 1, maxP99Ms: 1 }, measured, 0), [
    { name: 'missedRatio', limit: 1, actual: null, held: false },
    { name: 'rttP99Ns', limit: 1e6, actual: null, held: false },
  ]);
});

test('nothing was asked, so nothing is told', () => {
  assert.deepEqual(checkThresholds({}, madeResult(), 0), []);
});

// Of 200 replies the 99th percentile is the 198th (RFC 2330 section 11.3). 10 ms share a bucket of the histogram, and
// so a percentile, with what takes up to 27 µs longer.
for (const [atLimit, actual, held] of [
  [198, 10_000_000, true],
  [197, 10_027_007, false],
] as const) {
  test(`where ${atLimit} of 200 replies took 10 ms and the others a nanosecond more, p99 is judged exactly`, () => {
    const options = { maxP99Ms: 10 };
    const fates = Array.from({ length: 200 }, (_, index) => ({
      repliesNs: [index < 2 ? 11_000_000 : index < 200 - atLimit ? 10_000_001 : 10_000_000],
    }));
    const made = play({ rttLimitNs: p99LimitNs(options), intervalNs: 20e6 }, fates);
    const { datagrams, rttNs, rttsAboveLimit } = made.summary();
    const measured = madeResult({ datagrams, rttNs });
    assert.deepEqual(checkThresholds(options, measured, rttsAboveLimit), [
      { name: 'rttP99Ns', limit: 10_000_000, actual, held },
    ]);
  });
}
