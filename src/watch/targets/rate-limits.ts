// SPDX-License-Identifier: MIT
// Limits how much a watch may send beyond loopback: as with ping, an accidental extra zero must not hurt anybody's
// network.

import { MODEST_PPS } from '../../client/ping-options.ts';
import { formatCount } from '../../quantities.ts';
import { isLoopback } from '../../socket/ip-address.ts';
import type { WatchTarget } from '../target.ts';

export interface RateLimits {
  /** Probes per second to all targets together. */
  readonly maxPps: number;
  /** True if one address may get more than 1,000 probes per second. */
  readonly isFloodAllowed: boolean;
}

/** Tolerance for sums of rates that are not whole numbers. */
const ROUNDING_PPS = 1e-6;

/** The remaining rate. */
export class RateAllowance {
  readonly #limits: RateLimits;
  readonly #ppsOf = new Map<string, number>();
  #totalPps = 0;

  constructor(limits: RateLimits) {
    this.#limits = limits;
  }

  /**
   * Takes the share of a target.
   *
   * @returns the limit that would be exceeded; then nothing is taken
   */
  take(address: string, intervalMs: number): string | undefined {
    if (isLoopback(address)) return undefined;
    const pps = 1000 / intervalMs;
    const { maxPps, isFloodAllowed } = this.#limits;
    const addressPps = (this.#ppsOf.get(address) ?? 0) + pps;
    if (addressPps > MODEST_PPS + ROUNDING_PPS && !isFloodAllowed) {
      return `more than ${formatCount(MODEST_PPS)} probes per second to ${address}`;
    }
    if (this.#totalPps + pps > maxPps + ROUNDING_PPS) {
      return `more than ${formatCount(maxPps)} probes per second beyond loopback`;
    }
    this.#ppsOf.set(address, addressPps);
    this.#totalPps += pps;
    return undefined;
  }
}

/** The limit that targets exceed, judged by their hosts as written: names are not resolved. */
export function rateExcess(
  targets: readonly WatchTarget[],
  limits: RateLimits,
): string | undefined {
  const allowance = new RateAllowance(limits);
  for (const { host, probe } of targets) {
    const isLocal = /^localhost\.?$/i.test(host);
    const excess = isLocal ? undefined : allowance.take(host, probe.intervalMs);
    if (excess !== undefined) return excess;
  }
  return undefined;
}
