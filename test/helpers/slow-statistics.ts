// Statistics the slow way, to hold the fast ones to: everything is kept, sorted and summed in whole
// numbers of any size. Shares nothing with src/stats.

import assert from 'node:assert/strict';
import fc, { type Arbitrary } from 'fast-check';
import type { DistributionSummary } from '../../src/stats/distribution.ts';

/** The percentiles of a result, in thousandths of a percent, so that ranks are whole numbers. */
export const PERCENT_THOUSANDTHS = { p50: 50_000, p90: 90_000, p95: 95_000, p99: 99_000 } as const;
export const P999_THOUSANDTHS = 99_900;

/** A summary without any sample. */
export const NO_SAMPLE: DistributionSummary = {
  min: null,
  mean: null,
  stddev: null,
  p50: null,
  p90: null,
  p95: null,
  p99: null,
  p999: null,
  max: null,
};

/** Round-trip times of every magnitude: exact ones, usual ones, days, and ties. */
export function anyDurationNs(largest = Number.MAX_SAFE_INTEGER): Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: 0, max: 600 }),
    fc.integer({ min: 0, max: Math.min(largest, 2 ** 31 - 1) }),
    fc.integer({ min: 0, max: largest }),
    fc.constantFrom(255, 256, 511, 512, 20_000, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32),
  );
}

/** ceil(percent × count), in whole numbers of any size. */
export function slowRank(percentThousandths: number, count: number): number {
  const product = BigInt(percentThousandths) * BigInt(count);
  const rank = (product + 99_999n) / 100_000n;
  return rank === 0n ? 1 : Number(rank);
}

export function slowPercentile(samples: readonly number[], percentThousandths: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[slowRank(percentThousandths, sorted.length) - 1]!;
}

/** Two passes over whole numbers: n·Σx² − (Σx)² is exact. */
export function slowMoments(samples: readonly number[]): { mean: number; stddev: number } {
  const count = BigInt(samples.length);
  let sum = 0n;
  let squares = 0n;
  for (const sample of samples) {
    sum += BigInt(sample);
    squares += BigInt(sample) ** 2n;
  }
  const variance = Number(count * squares - sum * sum) / Number(count * (count - 1n));
  return { mean: Number(sum) / samples.length, stddev: Math.sqrt(variance) };
}

/** Asserts equality up to rounding, relative to `scale` or the expected value, if that is larger. */
export function assertNear(actual: number | null, expected: number, scale = 0): void {
  const tolerance = Math.max(Math.abs(expected), scale) * 1e-9;
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= tolerance,
    `${String(actual)} is not ${expected}`,
  );
}

/** Asserts that a percentile is the true one, or farther from zero by less than 1/128 of it. */
export function assertWithinBucket(actual: number | null, truth: number): void {
  assert.ok(actual !== null);
  const excess = (actual - truth) * (truth < 0 ? -1 : 1);
  const isWithin = excess === 0 || (excess > 0 && excess * 128 < Math.abs(truth));
  assert.ok(isWithin, `${actual} is too far from ${truth}`);
}

/** Asserts the whole summary of a series against the samples it was made from. */
export function assertSummary(
  summary: DistributionSummary,
  samples: readonly number[],
  assertPercentile: (actual: number | null, truth: number) => void = assertWithinBucket,
): void {
  if (samples.length === 0) {
    assert.deepEqual(summary, NO_SAMPLE);
    return;
  }
  const magnitude = Math.max(...samples.map(Math.abs));
  const { mean, stddev } = slowMoments(samples.length > 1 ? samples : [samples[0]!, samples[0]!]);
  assertNear(summary.mean, mean, magnitude);
  if (samples.length === 1) assert.equal(summary.stddev, null);
  else assertNear(summary.stddev, stddev, magnitude);
  assert.equal(summary.min, Math.min(...samples));
  assert.equal(summary.max, Math.max(...samples));
  for (const name of ['p50', 'p90', 'p95', 'p99'] as const) {
    assertPercentile(summary[name], slowPercentile(samples, PERCENT_THOUSANDTHS[name]));
  }
  assertPercentile(summary.p999, slowPercentile(samples, P999_THOUSANDTHS));
}
