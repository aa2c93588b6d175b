// SPDX-License-Identifier: MIT
// Packet delay variation (RFC 5481 §4.2): how much longer each probe took than the fastest of the session. Lost probes
// have none and are omitted. The fastest probe has 0, as do those that tie with it, and a single sample. The order of
// samples does not matter. The minimum is that of all samples so far, so an interim value rises when a faster probe
// arrives.

import { summarize, type DistributionSummary } from './distribution.ts';
import { nearestRank } from './nearest-rank.ts';
import { RunningMoments } from './running-moments.ts';
import { SignedHistogram } from './signed-histogram.ts';

/** Samples that are kept individually: enough for the path to have shown roughly its shortest delay. */
const KEPT_SAMPLES = 1024;

/**
 * PDV(i) = D(i) − min(D), in constant memory.
 *
 * A histogram of the delays themselves would be too coarse: 0.79 % of a delay of 100 ms is more than most paths vary
 * by. So delays are counted as differences from the minimum of the first 1024, and the difference between that minimum
 * and the final one is corrected exactly.
 *
 * Percentiles of up to 1024 samples are exact. Beyond that their error is less than 1/128 of their value, or of the
 * amount by which the minimum has fallen since, if that is more. Extremes are exact.
 */
export class Pdv {
  /** Moments of D minus the first D: small numbers, because the mean of large ones has fewer digits to spare. */
  readonly #moments = new RunningMoments();
  readonly #kept = new Float64Array(KEPT_SAMPLES);
  /** Every D minus base; empty until the base is known. */
  readonly #fromBase = new SignedHistogram();
  #firstNs = 0;
  #baseNs = 0;
  #minNs = Infinity;
  #maxNs = -Infinity;

  get count(): number {
    return this.#moments.count;
  }

  /** @param rttNs  whole nanoseconds; `undefined` for a probe without a reply in time */
  push(rttNs: number | undefined): void {
    if (rttNs === undefined) return;
    if (this.count === 0) this.#firstNs = rttNs;
    this.#moments.push(rttNs - this.#firstNs);
    this.#minNs = Math.min(this.#minNs, rttNs);
    this.#maxNs = Math.max(this.#maxNs, rttNs);
    if (this.count > KEPT_SAMPLES) {
      this.#fromBase.record(rttNs - this.#baseNs);
      return;
    }
    this.#kept[this.count - 1] = rttNs;
    if (this.count === KEPT_SAMPLES) this.#chooseBase();
  }

  summary(): DistributionSummary {
    const { mean, stddev } = this.#moments;
    const isEmpty = this.count === 0;
    const delaysNs = this.count <= KEPT_SAMPLES ? this.#kept.slice(0, this.count).sort() : null;
    const source = {
      min: isEmpty ? null : 0,
      max: isEmpty ? null : this.#maxNs - this.#minNs,
      percentile: (percent: number) =>
        isEmpty ? null : this.#delayAt(percent, delaysNs) - this.#minNs,
    };
    const meanNs = mean === null ? null : mean + (this.#firstNs - this.#minNs);
    return summarize(source, meanNs, stddev);
  }

  /** The percentile of the delays, taken from the sorted samples if all are kept. */
  #delayAt(percent: number, sortedNs: Float64Array | null): number {
    if (sortedNs === null) return this.#baseNs + this.#fromBase.percentile(percent)!;
    return sortedNs[nearestRank(percent, sortedNs.length) - 1]!;
  }

  #chooseBase(): void {
    this.#baseNs = this.#minNs;
    for (const rttNs of this.#kept) this.#fromBase.record(rttNs - this.#baseNs);
  }
}
