import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monotonicNs } from '../../src/time.ts';

test('the clock never runs backwards, and its unit is the nanosecond of hrtime', () => {
  const before = process.hrtime.bigint();
  const first = monotonicNs();
  const second = monotonicNs();
  const after = process.hrtime.bigint();
  assert.ok(second >= first);
  // Both clocks are read in one order, so the inner span can't be the longer one; 1 us of rounding.
  assert.ok(second - first <= Number(after - before) + 1000);
});

test('the clock goes on', () => {
  const start = monotonicNs();
  const startedAt = process.hrtime.bigint();
  // 2 ms by the other clock.
  while (process.hrtime.bigint() - startedAt < 2_000_000n);
  assert.ok(monotonicNs() - start >= 2_000_000 - 1000);
});
