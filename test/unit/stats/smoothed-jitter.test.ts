import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SmoothedJitter } from '../../../src/stats/smoothed-jitter.ts';
import { holds } from '../../helpers/property.ts';
import { assertNear } from '../../helpers/slow-statistics.ts';

function jitterOf(transits: readonly number[]): SmoothedJitter {
  const jitter = new SmoothedJitter();
  for (const transit of transits) jitter.push(transit);
  return jitter;
}

test('there is no jitter before the second reply', () => {
  assert.equal(jitterOf([]).jitterNs, null);
  assert.equal(jitterOf([20e6]).jitterNs, null);
});

test('jitter follows the formula of RFC 3550 step by step', () => {
  // By hand, in ms: 10/16 = 0.625; + (10 − 0.625)/16; + (5 − 1.2109375)/16; + (5 − 1.44775390625)/16.
  const expected = [null, 0.625e6, 1.2109375e6, 1.44775390625e6, 1.669769287109375e6];
  const jitter = new SmoothedJitter();
  const steps = [20e6, 10e6, 20e6, 25e6, 20e6].map((transitNs) => {
    jitter.push(transitNs);
    return jitter.jitterNs;
  });
  assert.deepEqual(steps, expected);
});

test('the first reply contributes nothing, however slow', () => {
  // One tool lets the first round trip, 333 ms, into its jitter and prints 488.6 ms; RFC 3550's form
  // for floating point gives 210/16 = 13.125 after the second and 15/16 of that after the third.
  assertNear(jitterOf([333, 123, 123]).jitterNs, 12.3046875);
});

test('equal transit times give no jitter', () => {
  assert.equal(jitterOf([7, 7, 7, 7]).jitterNs, 0);
});

test('streams are compared with themselves alone', () => {
  const jitter = new SmoothedJitter(2);
  jitter.push(20e6, 0);
  jitter.push(90e6, 1);
  assert.equal(jitter.jitterNs, null);
  // By hand, in ms: 16/16 = 1; + (0 − 1)/16.
  jitter.push(36e6, 0);
  assert.equal(jitter.jitterNs, 1e6);
  jitter.push(90e6, 1);
  assert.equal(jitter.jitterNs, 0.9375e6);
});

test('a steady difference is approached', () => {
  // 2 × (1 − (15/16)^100) after a hundred differences of 2: 1.99685.
  const transits = Array.from({ length: 101 }, (_, at) => (at % 2) * 2);
  const { jitterNs } = jitterOf(transits);
  assert.equal(jitterNs?.toFixed(5), '1.99685');
});

test('jitter equals the weighted sum of all differences', () => {
  // The recursion written out: J = Σ |D(k)| / 16 × (15/16)^(n − k).
  const transits = fc.array(fc.integer({ min: 0, max: 1e10 }), {
    minLength: 2,
    maxLength: 300,
    size: 'max',
  });
  holds(
    fc.property(transits, (values) => {
      const differences = values.slice(1).map((value, at) => Math.abs(value - values[at]!));
      const expected = differences.reduce(
        (sum, difference, at) =>
          sum + (difference / 16) * (15 / 16) ** (differences.length - 1 - at),
        0,
      );
      assertNear(jitterOf(values).jitterNs, expected, 1);
    }),
    300,
  );
});
