// SPDX-License-Identifier: MIT
// Inter-packet delay variation (RFC 3393; RFC 5481 §4.1): the signed difference between the delay of
// a probe and that of the one sent before it. Fed in send order, one call for each probe.
// The first probe has none; nor has a lost one, nor the one after it: no neighbour is skipped.
// Equal delays give 0, which counts. Packets of one stream are compared (RFC 3393 §2.7): each source port is
// one, since networks choose a path by it, and what two paths differ by varies in neither.

import { Distribution, type DistributionSummary } from './distribution.ts';
import { SignedHistogram } from './signed-histogram.ts';

/** IPDV(i) = D(i) − D(i−1) over the probes of a stream that were sent one after the other. */
export class Ipdv {
  readonly distribution = new Distribution(new SignedHistogram());
  /** Of each stream; NaN where the last probe had no reply in time. */
  readonly #previousNs: Float64Array;

  /** @param streams  whose differences make one distribution */
  constructor(streams = 1) {
    this.#previousNs = new Float64Array(streams).fill(NaN);
  }

  /**
   * Takes in the next probe's delay.
   *
   * @param rttNs  whole nanoseconds; `undefined` for a probe without a reply in time
   * @returns its IPDV in nanoseconds; `undefined` where it has none
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
