import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SignedHistogram } from '../../../src/stats/signed-histogram.ts';
import { holds } from '../../helpers/property.ts';
import {
  anyDurationNs,
  assertWithinBucket,
  slowPercentile,
} from '../../helpers/slow-statistics.ts';

const PERCENTS = [0, 1, 10, 25, 50, 75, 90, 99, 99.9, 100];

const anyDifferenceNs = fc
  .tuple(anyDurationNs(), fc.boolean())
  .map(([value, isNegative]) => (isNegative && value > 0 ? -value : value));

function histogramOf(values: Iterable<number>): SignedHistogram {
  const histogram = new SignedHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

test('an empty signed histogram has no extremes, no percentiles and no buckets', () => {
  const histogram = new SignedHistogram();
  assert.equal(histogram.count, 0);
  assert.equal(histogram.min, null);
  assert.equal(histogram.max, null);
  assert.equal(histogram.percentile(50), null);
  assert.deepEqual([...histogram.buckets()], []);
});

test('one value is every percentile, exactly, whatever its sign', () => {
  for (const value of [-12_345_678, -1, 0, 1, 12_345_678]) {
    const histogram = histogramOf([value]);
    assert.equal(histogram.min, value);
    assert.equal(histogram.max, value);
    for (const percent of PERCENTS) assert.equal(histogram.percentile(percent), value);
  }
});

test('the sample of RFC 2330 §11.3 gives its percentiles', () => {
  // The RFC's text calls the 15th −∞; its own definition, the smallest sample that covers 15 %, gives −5.
  const histogram = histogramOf([-2, 7, 7, 4, 18, -5]);
  const percentiles = [15, 25, 50, 100].map((percent) => histogram.percentile(percent));
  assert.deepEqual(percentiles, [-5, -2, 4, 18]);
});

test('extremes are found where all values have one sign', () => {
  const negative = histogramOf([-300_000, -100_001]);
  assert.deepEqual([negative.min, negative.max], [-300_000, -100_001]);
  const positive = histogramOf([100_001, 300_000]);
  assert.deepEqual([positive.min, positive.max], [100_001, 300_000]);
});

test('a percentile is the true one, or farther from zero by less than 1/128 of it', () => {
  holds(
    fc.property(
      fc.array(anyDifferenceNs, { minLength: 1, maxLength: 300, size: 'max' }),
      (values) => {
        const histogram = histogramOf(values);
        for (const percent of PERCENTS) {
          const truth = slowPercentile(values, percent * 1000);
          assertWithinBucket(histogram.percentile(percent), truth);
        }
        assert.equal(histogram.min, Math.min(...values));
        assert.equal(histogram.max, Math.max(...values));
      },
    ),
  );
});

test('buckets run from the lowest up, across zero', () => {
  // Below 256 each value is its own bucket; 1000 is in 1000 to 1003 (HdrHistogram, two digits).
  assert.deepEqual(
    [...histogramOf([3, -1000, 0, -2, 1000, -2]).buckets()],
    [
      { lowNs: -1003, highNs: -1000, count: 1 },
      { lowNs: -2, highNs: -2, count: 2 },
      { lowNs: 0, highNs: 0, count: 1 },
      { lowNs: 3, highNs: 3, count: 1 },
      { lowNs: 1000, highNs: 1003, count: 1 },
    ],
  );
});

test('two signed histograms added equal one that recorded everything', () => {
  const values = fc.array(anyDifferenceNs, { maxLength: 100, size: 'max' });
  holds(
    fc.property(values, values, (some, others) => {
      const added = histogramOf(some);
      added.add(histogramOf(others));
      const together = histogramOf([...some, ...others]);
      assert.deepEqual([...added.buckets()], [...together.buckets()]);
      assert.deepEqual([added.min, added.max], [together.min, together.max]);
    }),
  );
});

test('what is no whole number is refused with either sign', () => {
  const histogram = new SignedHistogram();
  for (const value of [-0.5, 0.5, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53)]) {
    assert.throws(() => {
      histogram.record(value);
    }, RangeError);
  }
  assert.equal(histogram.count, 0);
});
