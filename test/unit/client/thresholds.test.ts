import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkThresholds } from '../../../src/client/thresholds.ts';
import { madeResult, NO_VALUES } from '../../helpers/made-result.ts';
import { counts } from '../../helpers/made-session.ts';

test('what was not sent counts as missed, of all that was asked for', () => {
  const datagrams = counts({ sent: 12, received: 10, lost: 1, late: 1, sendFailed: 28 });
  const measured = madeResult({ datagrams });
  // 30 of 40.
  assert.deepEqual(checkThresholds({ maxLossRatio: 0.75 }, measured), [
    { name: 'missedRatio', limit: 0.75, actual: 0.75, held: true },
  ]);
  assert.equal(checkThresholds({ maxLossRatio: 0.7499 }, measured)[0]!.held, false);
});

test('a limit that there is nothing to hold against does not hold', () => {
  const measured = madeResult({ datagrams: counts({ lossRatio: null }), rttNs: NO_VALUES });
  assert.deepEqual(checkThresholds({ maxLossRatio: 1, maxP99Ms: 1 }, measured), [
    { name: 'missedRatio', limit: 1, actual: null, held: false },
    { name: 'rttP99Ns', limit: 1e6, actual: null, held: false },
  ]);
});

test('nothing was asked, so nothing is told', () => {
  assert.deepEqual(checkThresholds({}, madeResult()), []);
});
