// SPDX-License-Identifier: MIT
// Intended send times, fixed before anything is sent: an open loop, in which a slow reply or a late
// timer shifts no later probe (RFC 3432 section 4, RFC 2330 section 11.1).

import { Random } from '../random.ts';

/** `periodic`: one interval apart; `poisson`: exponentially distributed gaps of that mean. */
export type ScheduleKind = 'periodic' | 'poisson';

/** Slots up to this late are sent, one interval at least; later ones are skipped. */
const LATEST_NS = 1_000_000;

export class Schedule {
  readonly #kind: ScheduleKind;
  readonly #intervalNs: number;
  readonly #latestNs: number;
  readonly #random: Random;
  #nextNs = 0;
  #slots = 0;
  #skipped = 0;

  /** @param seed  of the Poisson gaps */
  constructor(kind: ScheduleKind, intervalNs: number, seed: number) {
    this.#kind = kind;
    this.#intervalNs = intervalNs;
    this.#latestNs = Math.max(intervalNs, LATEST_NS);
    this.#random = new Random(seed);
  }

  /** When the next probe is due, in nanoseconds since the session's start; 0 at first. */
  get nextNs(): number {
    return this.#nextNs;
  }

  /** Slots that came, whether used or skipped. */
  get intended(): number {
    return this.#slots;
  }

  /** Slots that were so late that they were left out, so that no burst makes up for them. */
  get skipped(): number {
    return this.#skipped;
  }

  /**
   * Takes the slot that is due, after skipping those that are too late.
   *
   * @returns its intended time, or `undefined` where none is due yet
   */
  take(nowNs: number): number | undefined {
    while (nowNs - this.#nextNs > this.#latestNs) {
      this.#skipped++;
      this.#advance();
    }
    if (nowNs < this.#nextNs) return undefined;
    const intendedNs = this.#nextNs;
    this.#advance();
    return intendedNs;
  }

  #advance(): void {
    this.#slots++;
    if (this.#kind === 'periodic') {
      // From the start, not from the last one: a sum of roundings would drift.
      this.#nextNs = this.#slots * this.#intervalNs;
      return;
    }
    // 1 − u is never 0, of which the logarithm is infinite.
    this.#nextNs += -Math.log(1 - this.#random.next()) * this.#intervalNs;
  }
}
