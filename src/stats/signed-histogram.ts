// SPDX-License-Identifier: MIT
// Counts values that may be negative, such as differences of delays, with one histogram for each sign. Percentiles are
// those of RFC 2330 §11.3 by nearest rank, over both. Without a sample, min, max and percentiles are null. A single
// sample is all of them, exactly. Zero counts as positive.

import { Histogram, type HistogramBucket } from './histogram.ts';
import { nearestRank } from './nearest-rank.ts';

/**
 * A histogram of whole nanoseconds between −2^53 and 2^53, in constant memory.
 *
 * A percentile is as far from zero as the true one, or farther by less than 1/128 (0.79 %) of it. The first rank and
 * the last are exact.
 */
export class SignedHistogram {
  /** The negative values, without their sign. */
  readonly #negative = new Histogram();
  readonly #positive = new Histogram();

  /** How many values were recorded. */
  get count(): number {
    return this.#negative.count + this.#positive.count;
  }

  /** The smallest value, exact; `null` before the first. */
  get min(): number | null {
    return negated(this.#negative.max) ?? this.#positive.min;
  }

  /** The largest value, exact; `null` before the first. */
  get max(): number | null {
    return this.#positive.max ?? negated(this.#negative.min);
  }

  /**
   * Counts a value.
   *
   * @throws RangeError  for anything but a whole number between −2^53 and 2^53
   */
  record(value: number): void {
    if (value < 0) this.#negative.record(-value);
    else this.#positive.record(value);
  }

  /** Adds all counts of `other`, as if they had been recorded here. */
  add(other: SignedHistogram): void {
    this.#negative.add(other.#negative);
    this.#positive.add(other.#positive);
  }

  /**
   * The percentile by nearest rank, see the class for its error; `null` before the first value.
   *
   * @param percent  0 to 100
   */
  percentile(percent: number): number | null {
    if (this.count === 0) return null;
    const rank = nearestRank(percent, this.count);
    const negatives = this.#negative.count;
    if (rank > negatives) return this.#positive.valueAtRank(rank - negatives);
    // The smallest value is the negative one farthest from zero.
    return -this.#negative.valueAtRank(negatives - rank + 1);
  }

  /** The non-empty buckets, from the lowest up. */
  *buckets(): Generator<HistogramBucket, void, undefined> {
    for (const { lowNs, highNs, count } of [...this.#negative.buckets()].reverse()) {
      yield { lowNs: -highNs, highNs: -lowNs, count };
    }
    yield* this.#positive.buckets();
  }
}

function negated(value: number | null): number | null {
  return value === null ? null : -value;
}
