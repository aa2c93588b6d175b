// The times of a search that follow from its round trips.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoundTripTimes } from '../../../src/mtu/round-trip-times.ts';

const MS = 1e6;

test('a first reply that waited for a neighbour slows nothing down', () => {
  const rtts = new RoundTripTimes();
  assert.deepEqual([rtts.medianNs, rtts.gapNs], [null, 20 * MS]);
  rtts.add(1000 * MS);
  assert.deepEqual([rtts.medianNs, rtts.gapNs], [1000 * MS, 20 * MS]);
  assert.deepEqual([rtts.timeoutNs(true), rtts.timeoutNs(false)], [3000 * MS, 1000 * MS]);
  for (const rttMs of [20, 40, 24]) rtts.add(rttMs * MS);
  // A quarter more than the longest; three and four times that, or the least.
  assert.deepEqual([rtts.medianNs, rtts.gapNs], [24 * MS, 50 * MS]);
  assert.deepEqual([rtts.timeoutNs(true), rtts.timeoutNs(false)], [1000 * MS, 250 * MS]);
  rtts.add(400 * MS);
  assert.deepEqual([rtts.timeoutNs(true), rtts.timeoutNs(false)], [1200 * MS, 1200 * MS]);
});
