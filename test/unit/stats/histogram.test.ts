import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { build } from 'hdr-histogram-js';
import { Histogram } from '../../../src/stats/histogram.ts';
import { holds } from '../../helpers/property.ts';
import {
  anyDurationNs,
  assertWithinBucket,
  slowPercentile,
} from '../../helpers/slow-statistics.ts';

const LARGEST = Number.MAX_SAFE_INTEGER;
const PERCENTS = [0, 0.1, 1, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100];

function histogramOf(values: Iterable<number>): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

test('an empty histogram has no extremes, no percentiles and no buckets', () => {
  const histogram = new Histogram();
  assert.equal(histogram.count, 0);
  assert.equal(histogram.min, null);
  assert.equal(histogram.max, null);
  assert.equal(histogram.percentile(50), null);
  assert.deepEqual([...histogram.buckets()], []);
});

test('one value is every percentile, exactly', () => {
  for (const value of [0, 1, 255, 257, 12_345_678, LARGEST]) {
    const histogram = histogramOf([value]);
    assert.equal(histogram.min, value);
    assert.equal(histogram.max, value);
    for (const percent of PERCENTS) assert.equal(histogram.percentile(percent), value);
  }
});

test('of two values the median is the smaller, and what lies above it the larger, exactly', () => {
  const histogram = histogramOf([98_765_432, 12_345_678]);
  assert.equal(histogram.percentile(50), 12_345_678);
  assert.equal(histogram.percentile(50.1), 98_765_432);
});

test('of five values each fifth is one of them', () => {
  const histogram = histogramOf([50, 20, 40, 10, 30]);
  const fifths = [20, 40, 60, 80, 100].map((percent) => histogram.percentile(percent));
  assert.deepEqual(fifths, [10, 20, 30, 40, 50]);
});

test('ties take up as many ranks as there are', () => {
  const histogram = histogramOf([7, 9, 7, 7, 9, 9, 9, 9, 9, 9]);
  assert.equal(histogram.percentile(30), 7);
  assert.equal(histogram.percentile(30.1), 9);
});

test('a loss is no sample: the delays of RFC 2681 give percentiles of the four that came back', () => {
  // {100, 110, lost, 90, 500}: with the loss as infinite P50 would be 110.
  const histogram = histogramOf([100, 110, 90, 500]);
  assert.equal(histogram.percentile(50), 100);
  assert.equal(histogram.percentile(90), 500);
});

test('the example of HdrHistogram gives its percentiles', () => {
  // hdr-histogram-js 3.0.1, two digits: P0 1, P25 2, P50 100, P75 1003, P90 50175.
  const histogram = histogramOf([1, 2, 3, 100, 100, 1000, 50_000]);
  const percentiles = [0, 25, 50, 75].map((percent) => histogram.percentile(percent));
  assert.deepEqual(percentiles, [1, 2, 100, 1003]);
  // The largest value is known exactly, and nothing is reported above it.
  assert.equal(histogram.percentile(90), 50_000);
});

test('a value at each edge of each bucket is counted in it', () => {
  // The layout of HdrHistogram, made apart from the code: 0 to 255 alone, then 128 buckets of each
  // width 2, 4, 8, … from 128 widths to 256 widths.
  const edges: { low: bigint; high: bigint }[] = [];
  for (let value = 0n; value < 256n; value++) edges.push({ low: value, high: value });
  for (let width = 2n; width * 256n <= 2n ** 53n; width *= 2n) {
    for (let part = 128n; part < 256n; part++) {
      edges.push({ low: part * width, high: (part + 1n) * width - 1n });
    }
  }
  assert.equal(edges.at(-1)?.high, BigInt(LARGEST));

  const histogram = histogramOf(edges.flatMap(({ low, high }) => [Number(low), Number(high)]));
  assert.deepEqual(
    [...histogram.buckets()],
    edges.map(({ low, high }) => ({ lowNs: Number(low), highNs: Number(high), count: 2 })),
  );
});

test('no bucket is as wide as 1/128 of what it holds', () => {
  for (let value = 1; value < LARGEST / 2; value = Math.ceil(value * 1.003)) {
    for (const { lowNs, highNs } of histogramOf([value]).buckets()) {
      assert.ok((highNs - lowNs) * 128 < lowNs || highNs === lowNs);
    }
  }
});

test('a percentile is that of HdrHistogram with two digits, but for the extremes, which are exact', () => {
  // Up to an hour: beyond, the oracle takes bucket numbers from Math.log2, which rounds.
  const durations = fc.array(anyDurationNs(3600e9), { minLength: 1, maxLength: 300, size: 'max' });
  holds(
    fc.property(durations, (values) => {
      const histogram = histogramOf(values);
      const oracle = build({
        lowestDiscernibleValue: 1,
        highestTrackableValue: 2 ** 42,
        numberOfSignificantValueDigits: 2,
      });
      for (const value of values) oracle.recordValue(value);
      for (const percent of PERCENTS) {
        const isFirstRank = (percent / 100) * values.length <= 1;
        const expected = isFirstRank
          ? Math.min(...values)
          : Math.min(oracle.getValueAtPercentile(percent), Math.max(...values));
        assert.equal(histogram.percentile(percent), expected, `P${percent}`);
      }
    }),
    300,
  );
});

test('a percentile is never below the true one, and less than 1/128 above it, up to 2^53', () => {
  holds(
    fc.property(
      fc.array(anyDurationNs(), { minLength: 1, maxLength: 300, size: 'max' }),
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

test('two histograms added equal one that recorded everything', () => {
  const values = fc.array(anyDurationNs(), { maxLength: 100, size: 'max' });
  holds(
    fc.property(values, values, (some, others) => {
      const added = histogramOf(some);
      added.add(histogramOf(others));
      const together = histogramOf([...some, ...others]);
      assert.deepEqual([...added.buckets()], [...together.buckets()]);
      assert.equal(added.count, together.count);
      assert.equal(added.min, together.min);
      assert.equal(added.max, together.max);
    }),
  );
});

test('counts stay exact past 2^32', () => {
  const histogram = histogramOf([1, 1, 1, 1000]);
  for (let doubling = 0; doubling < 40; doubling++) histogram.add(histogram);
  histogram.record(1);
  assert.equal(histogram.count, 2 ** 42 + 1);
  assert.deepEqual(
    [...histogram.buckets()].map(({ count }) => count),
    [3 * 2 ** 40 + 1, 2 ** 40],
  );
  assert.equal(histogram.percentile(75), 1);
  assert.equal(histogram.percentile(76), 1000);
});

test('what is no whole number of nanoseconds from 0 to 2^53 - 1 is refused, and leaves no trace', () => {
  const histogram = histogramOf([5]);
  for (const value of [-1, -0.5, 0.5, NaN, Infinity, -Infinity, 2 ** 53]) {
    assert.throws(
      () => {
        histogram.record(value);
      },
      new RangeError(`a duration must be a whole number of ns from 0 to 2^53 - 1, got ${value}`),
    );
  }
  assert.equal(histogram.count, 1);
  assert.equal(histogram.min, 5);
  assert.equal(histogram.max, 5);
});
