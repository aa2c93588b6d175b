// SPDX-License-Identifier: MIT
// The round-trip times of a search, and the times that follow from them.

import { nearestRank } from '../stats/nearest-rank.ts';

/** Before anything is known, and on the fastest path. */
const FIRST_GAP_NS = 20e6;
const LEAST_GAP_NS = 10e6;

/** A little more than a round trip, so that its outcome is known before the next datagram (RFC 8899 section 3). */
const GAP_ROUND_TRIPS = 1.25;

/** RFC 8899 section 5.1.1: nothing is called lost before. */
const LEAST_TIMEOUT_NS = 1e9;
const TIMEOUT_ROUND_TRIPS = 3;

/** Before the second reply, as for a satellite. */
const FIRST_TIMEOUT_NS = 3e9;

/** For a round that only narrows the search: what is missing then is tried again. */
const SHORT_TIMEOUT_NS = 250e6;
const SHORT_ROUND_TRIPS = 4;

/**
 * The first reply may also have waited for neighbours to be resolved, a second or more after an interface went up. It
 * would slow down the whole search, so no time follows from it.
 */
export class RoundTripTimes {
  #firstNs: number | null = null;
  /** The others. */
  readonly #sortedNs: number[] = [];

  add(rttNs: number): void {
    if (this.#firstNs === null) {
      this.#firstNs = rttNs;
      return;
    }
    const at = this.#sortedNs.findIndex((other) => other > rttNs);
    this.#sortedNs.splice(at === -1 ? this.#sortedNs.length : at, 0, rttNs);
  }

  /** `null` before the first reply. */
  get medianNs(): number | null {
    return this.#percentileNs(50) ?? this.#firstNs;
  }

  /** From one datagram to the next. */
  get gapNs(): number {
    const rttNs = this.#percentileNs(95);
    return rttNs === null ? FIRST_GAP_NS : Math.max(LEAST_GAP_NS, GAP_ROUND_TRIPS * rttNs);
  }

  /** @param isPatient  long enough to call the datagram lost */
  timeoutNs(isPatient: boolean): number {
    const rttNs = this.#percentileNs(95);
    if (rttNs === null) return isPatient ? FIRST_TIMEOUT_NS : LEAST_TIMEOUT_NS;
    const longNs = Math.max(LEAST_TIMEOUT_NS, TIMEOUT_ROUND_TRIPS * rttNs);
    return isPatient
      ? longNs
      : Math.min(longNs, Math.max(SHORT_TIMEOUT_NS, SHORT_ROUND_TRIPS * rttNs));
  }

  #percentileNs(percent: number): number | null {
    const { length } = this.#sortedNs;
    return length === 0 ? null : this.#sortedNs[nearestRank(percent, length) - 1]!;
  }
}
