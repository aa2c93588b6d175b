import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { timeAfter, wallTimeAt } from '../../../src/socket/portable/wall-time.ts';
import { monotonicNs } from '../../../src/time.ts';
import { holds } from '../../helpers/property.ts';

test('the time of day is that of the system, to its milliseconds', () => {
  const before = Date.now();
  const { seconds, nanoseconds } = wallTimeAt(monotonicNs());
  const after = Date.now();
  const ms = seconds * 1000 + nanoseconds / 1e6;
  // A millisecond more on either side, as both are cut or rounded.
  assert.ok(ms >= before - 2 && ms <= after + 2, `${ms} is not from ${before} to ${after}`);
});

test('moments of the monotonic clock are as far apart as on the wall', () => {
  const atNs = monotonicNs();
  const first = wallTimeAt(atNs);
  const second = wallTimeAt(atNs + 3_000_000_250);
  const apart = (second.seconds - first.seconds) * 1e9 + second.nanoseconds - first.nanoseconds;
  // Milliseconds since 1970 as a double are whole quarters of a microsecond.
  assert.ok(Math.abs(apart - 3_000_000_250) < 1000, String(apart));
});

test('a time after a whole second has less than a second of nanoseconds', () => {
  assert.deepEqual(timeAfter(5, -1), { seconds: 4, nanoseconds: 999_999_999 });
  assert.deepEqual(timeAfter(5, 2e9), { seconds: 7, nanoseconds: 0 });
  assert.deepEqual(timeAfter(5, 999_999_999.6), { seconds: 6, nanoseconds: 0 });
  holds(
    fc.property(fc.nat(2 ** 31), fc.integer({ min: -1e15, max: 1e15 }), (since, ns) => {
      const { seconds, nanoseconds } = timeAfter(since, ns);
      assert.ok(Number.isInteger(seconds) && nanoseconds >= 0 && nanoseconds < 1e9);
      assert.equal((seconds - since) * 1e9 + nanoseconds, ns);
    }),
  );
});
