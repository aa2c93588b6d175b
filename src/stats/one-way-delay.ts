// SPDX-License-Identifier: MIT
// One-way delay (RFC 7679) and its variation (RFC 3393, RFC 5481), from the times of two clocks. Call it in send order,
// once per probe; a probe without a reply in time has no delay. The difference of the clocks is part of every delay,
// which may therefore be negative, but of no variation: that needs clocks that run at the same rate, not clocks that
// agree (RFC 3393 section 5). Without a sample everything is null.

import type { DistributionSummary } from './distribution.ts';
import { Ipdv } from './ipdv.ts';
import { Pdv } from './pdv.ts';

/** The times of one direction. */
export interface OneWayDelaySummary {
  /** `null` if the difference of the clocks is unknown: then the number would be meaningless. */
  readonly delayNs: DistributionSummary | null;
  readonly ipdvNs: DistributionSummary;
  readonly pdvNs: DistributionSummary;
}

/**
 * Delay, IPDV and PDV of one direction, in constant memory.
 *
 * A histogram of the delays themselves would be as coarse as 1/128 of the clocks' difference. So the percentiles of
 * delay are those of PDV plus the smallest delay, which is exact.
 */
export class OneWayDelay {
  readonly #ipdv: Ipdv;
  readonly #pdv = new Pdv();
  #minNs = Infinity;

  /** @param streams  see `Ipdv` */
  constructor(streams = 1) {
    this.#ipdv = new Ipdv(streams);
  }

  /** The smallest delay; `null` before the first. */
  get minNs(): number | null {
    return this.#pdv.count === 0 ? null : this.#minNs;
  }

  /** @param delayNs  whole nanoseconds, of either sign; `undefined` for a probe without a reply in time */
  push(delayNs: number | undefined, stream = 0): void {
    this.#ipdv.push(delayNs, stream);
    this.#pdv.push(delayNs);
    if (delayNs !== undefined) this.#minNs = Math.min(this.#minNs, delayNs);
  }

  /** @param zeroNs  the constant to add to every delay; `undefined` if it is unknown */
  summary(zeroNs: number | undefined): OneWayDelaySummary {
    const pdvNs = this.#pdv.summary();
    return {
      delayNs: zeroNs === undefined ? null : raised(pdvNs, this.#minNs + zeroNs),
      ipdvNs: this.#ipdv.summary(),
      pdvNs,
    };
  }
}

function raised(summary: DistributionSummary, byNs: number): DistributionSummary {
  const raise = (ns: number | null): number | null => (ns === null ? null : ns + byNs);
  const { min, mean, stddev, p50, p90, p95, p99, p999, max } = summary;
  return {
    min: raise(min),
    mean: raise(mean),
    stddev,
    max: raise(max),
    p50: raise(p50),
    p90: raise(p90),
    p95: raise(p95),
    p99: raise(p99),
    p999: raise(p999),
  };
}
