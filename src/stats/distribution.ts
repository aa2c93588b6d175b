// SPDX-License-Identifier: MIT
// What a result says about a series of durations: extremes, mean, deviation and percentiles. Without a sample
// everything is null; with one sample, only the deviation is. Losses are not samples: RFC 2681 §4 counts them as
// infinite in percentiles and leaves their mean undefined; here they are reported separately, as a ratio.

import { RunningMoments } from './running-moments.ts';

/** A series in nanoseconds; `null` means "undefined". */
export interface DistributionSummary {
  readonly min: number | null;
  readonly mean: number | null;
  /** The sample standard deviation (n − 1). */
  readonly stddev: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
}

/** Provides the extremes and percentiles of a series. */
export interface PercentileSource {
  readonly min: number | null;
  readonly max: number | null;
  percentile(percent: number): number | null;
}

/** `Histogram`, or `SignedHistogram` where values may be negative. */
export interface ValueHistogram<Self> extends PercentileSource {
  readonly count: number;
  record(value: number): void;
  add(other: Self): void;
}

/** A histogram together with the exact moments. */
export class Distribution<Values extends ValueHistogram<Values>> {
  /** For pictures and exposition; only this class records into it. */
  readonly histogram: Values;
  readonly #moments = new RunningMoments();

  /** @param histogram  an empty one, which this distribution then owns */
  constructor(histogram: Values) {
    this.histogram = histogram;
  }

  get count(): number {
    return this.histogram.count;
  }

  /**
   * Adds a value in whole nanoseconds.
   *
   * @throws RangeError  for a value that the histogram cannot hold
   */
  record(value: number): void {
    this.histogram.record(value);
    this.#moments.push(value);
  }

  /** Adds everything in `other`, as if it had been recorded here. */
  add(other: Distribution<Values>): void {
    this.histogram.add(other.histogram);
    this.#moments.add(other.#moments);
  }

  summary(): DistributionSummary {
    return summarize(this.histogram, this.#moments.mean, this.#moments.stddev);
  }
}

/** The summary of a series whose extremes and percentiles `source` provides. */
export function summarize(
  source: PercentileSource,
  mean: number | null,
  stddev: number | null,
): DistributionSummary {
  return {
    min: source.min,
    mean,
    stddev,
    p50: source.percentile(50),
    p90: source.percentile(90),
    p95: source.percentile(95),
    p99: source.percentile(99),
    p999: source.percentile(99.9),
    max: source.max,
  };
}
