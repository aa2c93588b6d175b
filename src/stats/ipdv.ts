// SPDX-License-Identifier: MIT
// Inter-packet delay variation (RFC 3393; RFC 5481 §4.1): the signed difference between the delay of a probe and that
// of the one sent before it. Call it in send order, once per probe. The first probe has none, a lost probe has none,
// and neither does the one after it: no neighbour is skipped. Equal delays give 0, which counts. Only packets of one
// stream are compared (RFC 3393 §2.7). Each source port is a stream, because networks choose a path by it, and the
// difference between two paths is not a variation of either.

import { Distribution, type DistributionSummary } from './distribution.ts';
import { SignedHistogram } from './signed-histogram.ts';

/** IPDV(i) = D(i) − D(i−1) over consecutive probes of a stream. */
export class Ipdv {
  readonly distribution = new Distribution(new SignedHistogram());
  /** The previous delay of each stream; NaN if the last probe had no reply in time. */
  readonly #previousNs: Float64Array;

  /** @param streams  number of streams, whose differences form one distribution */
  constructor(streams = 1) {
    this.#previousNs = new Float64Array(streams).fill(NaN);
  }

  /**
   * Adds the next probe's delay.
   *
   * @param rttNs  whole nanoseconds; `undefined` for a probe without a reply in time
   * @returns its IPDV in nanoseconds; `undefined` if it has none
   */
  push(rttNs: number | undefined, stream = 0): number | undefined {
    const previousNs = this.#previousNs[stream]!;
    this.#previousNs[stream] = rttNs ?? NaN;
    if (rttNs === undefined || Number.isNaN(previousNs)) return undefined;
    const ipdvNs = rttNs - previousNs;
    this.distribution.record(ipdvNs);
    return ipdvNs;
  }

  summary(): DistributionSummary {
    return this.distribution.summary();
  }
}
