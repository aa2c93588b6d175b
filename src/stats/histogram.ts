// SPDX-License-Identifier: MIT
// Counts values in buckets no wider than 1/128 of their values, as HdrHistogram does with two significant digits: exact
// below 256, and in bounded memory up to 2^53. Percentiles are those of RFC 2330 §11.3 by nearest rank. Without a
// sample, min, max and percentiles are null. A single sample is all of them, exactly. Equal values share a bucket, and
// order does not matter.

import { nearestRank } from './nearest-rank.ts';

/** Buckets per power of two from 2^8 on; below that, each whole number has its own bucket. */
const BUCKETS_PER_OCTAVE = 128;

/** Powers of two that bring a value below 256 by division: 2^0 for the smallest values, 2^45 for 2^53. */
const WIDTHS = Float64Array.from({ length: 46 }, (_, octave) => 2 ** octave);

/** The values that share a bucket, and their count. */
export interface HistogramBucket {
  /** Smallest value of the bucket. */
  readonly lowNs: number;
  /** Largest value of the bucket; the next bucket begins 1 above. */
  readonly highNs: number;
  readonly count: number;
}

/**
 * A histogram of durations in whole nanoseconds, 0 to 2^53 − 1 (104 days). It takes 1 KiB per power of two from the
 * smallest value to the largest, so at most 47 KiB, whatever is recorded. Counts are exact to 2^53.
 *
 * A percentile is never below the true one, and less than 1/128 (0.79 %) above it; the first rank and the last are
 * exact.
 */
export class Histogram {
  /** Counts of the buckets from `#first` on, for whole powers of two. */
  #counts = new Float64Array(0);
  #first = 0;
  #count = 0;
  #min = Infinity;
  #max = -Infinity;

  /** How many values were recorded. */
  get count(): number {
    return this.#count;
  }

  /** The smallest value, exact; `null` before the first. */
  get min(): number | null {
    return this.#count === 0 ? null : this.#min;
  }

  /** The largest value, exact; `null` before the first. */
  get max(): number | null {
    return this.#count === 0 ? null : this.#max;
  }

  /**
   * Counts a value.
   *
   * @throws RangeError  for anything but a whole number from 0 to 2^53 − 1. A negative duration means that a clock was
   * misread, so it is not turned into 0 here.
   */
  record(value: number): void {
    if (value < 0 || !Number.isSafeInteger(value)) throw notRecordable(value);
    this.#add(bucketOf(value), 1);
    this.#count++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** Adds all counts of `other`, as if they had been recorded here. */
  add(other: Histogram): void {
    for (const [cell, values] of other.#counts.entries()) {
      if (values > 0) this.#add(other.#first + cell, values);
    }
    this.#count += other.#count;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /**
   * The percentile by nearest rank, see the class for its error; `null` before the first value.
   *
   * @param percent  0 to 100
   */
  percentile(percent: number): number | null {
    if (this.#count === 0) return null;
    return this.valueAtRank(nearestRank(percent, this.#count));
  }

  /**
   * The largest value of the bucket that holds the sample of this rank, or the extreme if that is nearer.
   *
   * @param rank  1 (the smallest sample) to `count`
   */
  valueAtRank(rank: number): number {
    if (rank === 1) return this.#min;
    let bucket = bucketOf(this.#min);
    let reached = this.#countOf(bucket);
    while (reached < rank) reached += this.#countOf(++bucket);
    return Math.min(highOf(bucket), this.#max);
  }

  /** The non-empty buckets, from the lowest up. */
  *buckets(): Generator<HistogramBucket, void, undefined> {
    if (this.#count === 0) return;
    const last = bucketOf(this.#max);
    for (let bucket = bucketOf(this.#min); bucket <= last; bucket++) {
      const count = this.#countOf(bucket);
      if (count > 0) yield { lowNs: lowOf(bucket), highNs: highOf(bucket), count };
    }
  }

  /** The count of a bucket between those of the smallest and the largest value. */
  #countOf(bucket: number): number {
    return this.#counts[bucket - this.#first]!;
  }

  #add(bucket: number, values: number): void {
    const isHeld = bucket >= this.#first && bucket < this.#first + this.#counts.length;
    if (!isHeld) this.#hold(bucket);
    const cell = bucket - this.#first;
    this.#counts[cell] = this.#counts[cell]! + values;
  }

  /** Makes room for the power of two of a bucket, and for all between it and those held; happens at most 47 times. */
  #hold(bucket: number): void {
    const held = this.#counts;
    const low = bucket - (bucket % BUCKETS_PER_OCTAVE);
    const first = held.length === 0 ? low : Math.min(low, this.#first);
    const end = Math.max(low + BUCKETS_PER_OCTAVE, this.#first + held.length);
    this.#counts = new Float64Array(end - first);
    if (held.length > 0) this.#counts.set(held, this.#first - first);
    this.#first = first;
  }
}

/** Octave o ≥ 1 holds 2^(o+7) to 2^(o+8) − 1 in 128 buckets of 2^o; octave 0 is 0 to 255. */
function bucketOf(value: number): number {
  const octave = Math.max(0, bitLength(value) - 8);
  return octave * BUCKETS_PER_OCTAVE + Math.floor(value / WIDTHS[octave]!);
}

function octaveOf(bucket: number): number {
  return Math.max(0, Math.floor(bucket / BUCKETS_PER_OCTAVE) - 1);
}

function lowOf(bucket: number): number {
  const octave = octaveOf(bucket);
  return (bucket - octave * BUCKETS_PER_OCTAVE) * WIDTHS[octave]!;
}

function highOf(bucket: number): number {
  return lowOf(bucket) + WIDTHS[octaveOf(bucket)]! - 1;
}

/** Not `Math.log2`, which rounds up just below a power of two. */
function bitLength(value: number): number {
  const high = Math.floor(value / 2 ** 32);
  return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(value);
}

function notRecordable(value: number): RangeError {
  return new RangeError(`a duration must be a whole number of ns from 0 to 2^53 - 1, got ${value}`);
}
