import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
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

const STOP_MS = 20;

function stop(): void {
  const untilMs = performance.now() + STOP_MS;
  while (performance.now() < untilMs);
}

/** Stops the thread at some of its next readings of the wall clock, before or after each. */
function stopAtReadings(t: TestContext, stops: readonly ('before' | 'after')[]): void {
  const readWallMs = Date.now;
  const left = [...stops];
  t.mock.method(Date, 'now', () => {
    const where = left.shift();
    if (where === 'before') stop();
    const wallMs = readWallMs();
    if (where === 'after') stop();
    return wallMs;
  });
}

for (const stops of [['before'], ['after'], ['before', 'before']] as const) {
  test(`a thread that stops ${stops.join(' and ')} it reads the wall clock sees no step`, (t) => {
    const atNs = monotonicNs();
    const calm = wallTimeAt(atNs);
    stopAtReadings(t, stops);
    assert.deepEqual(wallTimeAt(atNs), calm);
  });
}

test('a wall clock that is set is followed', (t) => {
  const readWallMs = Date.now;
  const before = wallTimeAt(0);
  t.mock.method(Date, 'now', () => readWallMs() + 3_600_000);
  const after = wallTimeAt(0);
  const aheadNs = (after.seconds - before.seconds) * 1e9 + after.nanoseconds - before.nanoseconds;
  assert.ok(Math.abs(aheadNs - 3600e9) <= 2e6, String(aheadNs));
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
