// SPDX-License-Identifier: MIT
// Inter-packet delay variation (RFC 3393; RFC 5481 §4.1): the signed difference between the delay of
// a probe and that of the one sent before it. Fed in send order, one call for each probe.
// The first probe has none; nor has a lost one, nor the one after it: no neighbour is skipped.
// Equal delays give 0, which counts.

import { Distribution, type DistributionSummary } from './distribution.ts';
import { SignedHistogram } from './signed-histogram.ts';

/** IPDV(i) = D(i) − D(i−1) over probes of consecutive sequence numbers. */
export class Ipdv {
  readonly distribution = new Distribution(new SignedHistogram());
  #previousNs: number | undefined;

  /**
   * Takes in the next probe's delay.
   *
   * @param rttNs  whole nanoseconds; `undefined` for a probe without a reply in time
   * @returns its IPDV in nanoseconds; `undefined` where it has none
   */
  push(rttNs: number | undefined): number | undefined {
    const previousNs = this.#previousNs;
    this.#previousNs = rttNs;
    if (rttNs === undefined || previousNs === undefined) return undefined;
    const ipdvNs = rttNs - previousNs;
    this.distribution.record(ipdvNs);
    return ipdvNs;
  }

  summary(): DistributionSummary {
    return this.distribution.summary();
  }
}
