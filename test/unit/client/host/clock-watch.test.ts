import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClockWatch, type ClockSteps } from '../../../../src/client/host/clock-watch.ts';

const S = 1e9;
const NONE: ClockSteps = { count: 0, largestNs: null };

/** Looks at pairs of readings, in seconds: the monotonic clock's and the wall clock's. */
function stepsOf(
  ...readings: readonly (readonly [monotonicS: number, wallS: number])[]
): ClockSteps {
  const watch = new ClockWatch();
  for (const [monotonicS, wallS] of readings) watch.look((wallS - monotonicS) * S);
  return watch.steps;
}

test('clocks that move together have no steps, wherever they began', () => {
  assert.deepEqual(stepsOf(), NONE);
  assert.deepEqual(stepsOf([5, 1_800_000_000], [6, 1_800_000_001], [7, 1_800_000_002]), NONE);
});

test('a wall clock that is slewed or read coarsely has none', () => {
  // 8 % of a second, again and again.
  assert.deepEqual(stepsOf([0, 0], [1, 1.08], [2, 2.16], [3, 3.24], [4, 4.32]), NONE);
  assert.deepEqual(stepsOf([0, 0], [1, 0.999], [2, 2.001]), NONE);
});

test('a process that was late itself has none', () => {
  assert.deepEqual(stepsOf([0, 0], [3600, 3600]), NONE);
});

test('three hours of suspension are one step ahead', () => {
  assert.deepEqual(stepsOf([0, 0], [1, 1], [2, 10_802], [3, 10_803]), {
    count: 1,
    largestNs: 10_800 * S,
  });
});

test('of several steps the largest is told, with its sign', () => {
  assert.deepEqual(stepsOf([0, 0], [1, 3], [2, -56], [3, -54.5]), { count: 3, largestNs: -60 * S });
});
