import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RunningMoments } from '../../../src/stats/running-moments.ts';
import { holds } from '../../helpers/property.ts';
import { anyDurationNs, assertNear, slowMoments } from '../../helpers/slow-statistics.ts';

function momentsOf(values: Iterable<number>): RunningMoments {
  const moments = new RunningMoments();
  for (const value of values) moments.push(value);
  return moments;
}

test('without a sample there is neither mean nor deviation', () => {
  const { mean, stddev } = new RunningMoments();
  assert.deepEqual([mean, stddev], [null, null]);
});

test('one sample is the mean, and says nothing about deviation', () => {
  const { mean, stddev } = momentsOf([42]);
  assert.deepEqual([mean, stddev], [42, null]);
});

test('two samples deviate by their distance over the root of 2', () => {
  const { mean, stddev } = momentsOf([10, 20]);
  assert.equal(mean, 15);
  assertNear(stddev, 10 / Math.SQRT2);
});

test('five samples have the mean and deviation worked by hand', () => {
  // 20, 10, 20, 25, 20: mean 19; squares 1 + 81 + 1 + 36 + 1 = 120; over 4: 30.
  const { mean, stddev } = momentsOf([20, 10, 20, 25, 20]);
  assertNear(mean, 19);
  assertNear(stddev, Math.sqrt(30));
});

test('equal samples deviate by exactly nothing', () => {
  const { mean, stddev } = momentsOf(Array.from({ length: 1001 }, () => 12_345_678.9));
  assert.deepEqual([mean, stddev], [12_345_678.9, 0]);
});

test('small deviations far from zero survive', () => {
  // NIST Statistical Reference Datasets, NumAcc4: 1001 values, certified mean 10000000.2 and
  // standard deviation 0.1. Differences of summed squares give nothing like it.
  const values = [10_000_000.2];
  for (let pair = 0; pair < 500; pair++) values.push(10_000_000.1, 10_000_000.3);
  const { mean, stddev } = momentsOf(values);
  assertNear(mean, 10_000_000.2);
  assert.ok(stddev !== null && Math.abs(stddev - 0.1) < 1e-8, String(stddev));
});

test('moments equal those of two passes over exact sums', () => {
  const durations = fc.array(anyDurationNs(), { minLength: 2, maxLength: 300, size: 'max' });
  holds(
    fc.property(durations, (values) => {
      const { mean, stddev } = momentsOf(values);
      const slow = slowMoments(values);
      assertNear(mean, slow.mean);
      assertNear(stddev, slow.stddev, Math.max(...values) * 1e-6);
    }),
  );
});

test('moments added equal those of everything together', () => {
  const values = fc.array(anyDurationNs(), { maxLength: 100, size: 'max' });
  holds(
    fc.property(values, values, (some, others) => {
      const added = momentsOf(some);
      added.add(momentsOf(others));
      const together = momentsOf([...some, ...others]);
      const scale = Math.max(...some, ...others, 0);
      assert.equal(added.count, together.count);
      if (together.mean === null) assert.equal(added.mean, null);
      else assertNear(added.mean, together.mean, scale);
      if (together.stddev === null) assert.equal(added.stddev, null);
      else assertNear(added.stddev, together.stddev, scale);
    }),
  );
});

test('after more than 10^10 samples the mean is right, and the next sample still moves it', () => {
  // Four delays of 10 to 40 ms, doubled 32 times: 2^34 samples, whose plain sum is past 2^53 ns.
  const moments = momentsOf([10e6, 20e6, 30e6, 40e6]);
  for (let doubling = 0; doubling < 32; doubling++) moments.add(moments);
  assert.equal(moments.count, 2 ** 34);
  assertNear(moments.mean, 25e6);
  // Σ (x − mean)² of the four is 500e12; the n − 1 of so many is n.
  assertNear(moments.stddev, Math.sqrt(500e12 / 4));

  const before = moments.mean!;
  for (let sample = 0; sample < 1000; sample++) moments.push(60e9);
  // A thousand of a minute each after 2^34: (60e9 − 25e6) × 1000 / (2^34 + 1000) = 3491.004 ns.
  const moved = moments.mean! - before;
  assert.ok(Math.abs(moved - 3491.004) < 0.01, String(moved));
});

test('after more than 10^10 samples a million that differ by 10 ns still count', () => {
  // 10 ns / 2^34 is a sixth of the last digit of 25 ms.
  const moments = momentsOf([10e6, 20e6, 30e6, 40e6]);
  for (let doubling = 0; doubling < 32; doubling++) moments.add(moments);
  const before = moments.mean!;
  for (let sample = 0; sample < 1e6; sample++) moments.push(25e6 + 10);
  // 10 × 10^6 / (2^34 + 10^6) = 5.8204e-4 ns; plain addition would leave it at 0.
  const moved = moments.mean! - before;
  assert.ok(Math.abs(moved - 5.8204e-4) < 1e-7, String(moved));
});
