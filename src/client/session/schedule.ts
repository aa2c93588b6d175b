// SPDX-License-Identifier: MIT
// Intended send times, fixed before anything is sent: an open loop, in which a slow reply or a late
// timer shifts no later probe (RFC 3432 section 4, RFC 2330 section 11.1).

import { Random } from '../../random.ts';

/** `periodic`: one interval apart; `poisson`: exponentially distributed gaps of that mean. */
export type ScheduleKind = 'periodic' | 'poisson';

/** Slots up to this late are sent, one interval at least; later ones are skipped. */
const LATEST_NS = 1_000_000;

/** Which slots there are. */
export interface SchedulePlan {
  readonly kind: ScheduleKind;
  readonly intervalNs: number;
  /** Slots that are used: a skipped one is made up for at the end. Infinity goes on. */
  readonly count: number;
  /** No slot is due then or later; Infinity goes on. */
  readonly durationNs: number;
}

export class Schedule {
  readonly #plan: SchedulePlan;
  readonly #latestNs: number;
  readonly #random: Random;
  readonly #onSkip: (slotNs: number) => void;
  #nextNs = 0;
  #slots = 0;
  #skipped = 0;

  /**
   * @param seed    of the Poisson gaps
   * @param onSkip  told of each slot that is left out
   */
  constructor(
    plan: SchedulePlan,
    seed: number,
    onSkip: (slotNs: number) => void = () => undefined,
  ) {
    this.#onSkip = onSkip;
    this.#plan = plan;
    this.#latestNs = Math.max(plan.intervalNs, LATEST_NS);
    this.#random = new Random(seed);
  }

  /** When the next probe is due, in nanoseconds since the session's start; 0 at first. */
  get nextNs(): number {
    return this.#nextNs;
  }

  /** True when no slot will come any more. */
  get isOver(): boolean {
    const used = this.#slots - this.#skipped;
    return used >= this.#plan.count || this.#nextNs >= this.#plan.durationNs;
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
   * @returns its intended time, or `undefined` where none is due yet, or ever
   */
  take(nowNs: number): number | undefined {
    while (!this.isOver && nowNs - this.#nextNs > this.#latestNs) {
      this.#skipped++;
      this.#onSkip(this.#nextNs);
      this.#advance();
    }
    if (this.isOver || nowNs < this.#nextNs) return undefined;
    const intendedNs = this.#nextNs;
    this.#advance();
    return intendedNs;
  }

  #advance(): void {
    const { kind, intervalNs } = this.#plan;
    this.#slots++;
    if (kind === 'periodic') {
      // From the start, not from the last one: a sum of roundings would drift.
      this.#nextNs = this.#slots * intervalNs;
      return;
    }
    // 1 − u is never 0, of which the logarithm is infinite.
    this.#nextNs += -Math.log(1 - this.#random.next()) * intervalNs;
  }
}
