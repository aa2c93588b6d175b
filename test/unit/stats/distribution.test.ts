import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Distribution } from '../../../src/stats/distribution.ts';
import { Histogram } from '../../../src/stats/histogram.ts';
import { SignedHistogram } from '../../../src/stats/signed-histogram.ts';
import { holds } from '../../helpers/property.ts';
import {
  anyDurationNs,
  assertNear,
  assertSummary,
  assertWithinBucket,
  NO_SAMPLE,
} from '../../helpers/slow-statistics.ts';

const MS = 1e6;

function distributionOf(values: Iterable<number>): Distribution<Histogram> {
  const distribution = new Distribution(new Histogram());
  for (const value of values) distribution.record(value);
  return distribution;
}

test('without a sample everything is null', () => {
  assert.deepEqual(distributionOf([]).summary(), NO_SAMPLE);
  assert.deepEqual(new Distribution(new SignedHistogram()).summary(), NO_SAMPLE);
});

test('of one sample only the deviation is null', () => {
  const value = 1_234_567;
  assert.deepEqual(distributionOf([value]).summary(), {
    min: value,
    mean: value,
    stddev: null,
    p50: value,
    p90: value,
    p95: value,
    p99: value,
    p999: value,
    max: value,
  });
});

test('two samples are the extremes and all percentiles', () => {
  const { stddev, ...rest } = distributionOf([30, 10]).summary();
  assertNear(stddev, 20 / Math.SQRT2);
  assert.deepEqual(rest, {
    min: 10,
    mean: 20,
    p50: 10,
    p90: 30,
    p95: 30,
    p99: 30,
    p999: 30,
    max: 30,
  });
});

test('five samples, two of them equal, have the summary worked by hand', () => {
  const { stddev, ...rest } = distributionOf([20, 10, 20, 25, 25]).summary();
  // mean 20; squares 0 + 100 + 0 + 25 + 25 = 150; over 4: 37.5.
  assertNear(stddev, Math.sqrt(37.5));
  assert.deepEqual(rest, {
    min: 10,
    mean: 20,
    p50: 20,
    p90: 25,
    p95: 25,
    p99: 25,
    p999: 25,
    max: 25,
  });
});

test('a summary agrees with one made slowly, within its bounds', () => {
  holds(
    fc.property(fc.array(anyDurationNs(), { maxLength: 1200, size: 'max' }), (values) => {
      assertSummary(distributionOf(values).summary(), values);
    }),
    300,
  );
});

test('two distributions added equal one that recorded everything', () => {
  const values = fc.array(anyDurationNs(), { maxLength: 100, size: 'max' });
  holds(
    fc.property(values, values, (some, others) => {
      const added = distributionOf(some);
      added.add(distributionOf(others));
      assertSummary(added.summary(), [...some, ...others]);
    }),
  );
});

test('a refused value changes nothing', () => {
  const distribution = distributionOf([10, 20]);
  const before = distribution.summary();
  assert.throws(() => {
    distribution.record(-1);
  }, RangeError);
  assert.deepEqual(distribution.summary(), before);
});

// Gil Tene's example of coordinated omission: 10,000 replies of 1 ms, one every 10 ms, then a stall of
// 100 s. The figures are worked by hand: the stall is one sample of 10,001, or 10,000 of 20,000.

test('a client that waits for each reply hardly notices a stall', () => {
  const distribution = distributionOf([...everyTenMs(), 100_000 * MS]);
  const { mean, p50, p90, p99, p999 } = distribution.summary();
  assertNear(mean, (110_000 / 10_001) * MS);
  for (const percentile of [p50, p90, p99, p999]) assertWithinBucket(percentile, MS);
  assertWithinBucket(distribution.histogram.percentile(99.99), MS);
});

test('latency from the intended send times shows the stall as long as it was', () => {
  const distribution = distributionOf(everyTenMs());
  for (let waitMs = 100_000; waitMs > 0; waitMs -= 10) distribution.record(waitMs * MS);
  assert.equal(distribution.count, 20_000);
  const { mean, p50, p90, p99, p999 } = distribution.summary();
  assertNear(mean, 25_003 * MS);
  assertWithinBucket(p50, MS);
  assertWithinBucket(distribution.histogram.percentile(75), 50_000 * MS);
  assertWithinBucket(p90, 80_000 * MS);
  assertWithinBucket(p99, 98_000 * MS);
  assertWithinBucket(p999, 99_800 * MS);
  assertWithinBucket(distribution.histogram.percentile(99.99), 99_980 * MS);
});

function everyTenMs(): number[] {
  return Array.from({ length: 10_000 }, () => MS);
}
