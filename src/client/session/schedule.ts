// SPDX-License-Identifier: MIT
// Intended send times, fixed before anything is sent: an open loop, in which a slow reply or a late
// timer shifts no later probe (RFC 3432 section 4, RFC 2330 section 11.1).

import { START_NS } from '../../time.ts';
import { Random } from '../../random.ts';

/** `periodic`: one interval apart; `poisson`: exponentially distributed gaps of that mean. */
export type ScheduleKind = 'periodic' | 'poisson';

/** Slots are sent up to this late, or up to one interval if that is longer; later ones are skipped. */
const LATEST_NS = 1_000_000;

/** Defines the slots. */
export interface SchedulePlan {
  readonly kind: ScheduleKind;
  readonly intervalNs: number;
  /** Number of slots to use: a skipped slot is made up for at the end. Infinity for no end. */
  readonly count: number;
  /** No slot is due at this time or later; Infinity for no end. */
  readonly durationNs: number;
}

/** Maximum number of probes; Infinity if only the mean interval is known. */
export function mostProbes({ kind, intervalNs, count, durationNs }: SchedulePlan): number {
  return kind === 'periodic' ? Math.min(count, Math.ceil(durationNs / intervalNs)) : count;
}

export class Schedule {
  readonly #plan: SchedulePlan;
  readonly #latestNs: number;
  readonly #random: Random;
  readonly #onSkip: (slotNs: number) => void;
  /**
   * A double from the start, like `START_NS`: a product of integers becomes a double after 2.1 s, which are 2^31 ns.
   */
  #intervalNs = START_NS;
  #nextNs = START_NS;
  #slots = 0;
  #skipped = 0;

  /**
   * @param seed    for the Poisson gaps
   * @param onSkip  called for each skipped slot
   */
  constructor(
    plan: SchedulePlan,
    seed: number,
    onSkip: (slotNs: number) => void = () => undefined,
  ) {
    this.#onSkip = onSkip;
    this.#plan = plan;
    this.#intervalNs = plan.intervalNs;
    // A plain 0 for readers.
    this.#nextNs = 0;
    this.#latestNs = Math.max(plan.intervalNs, LATEST_NS);
    this.#random = new Random(seed);
  }

  /** When the next probe is due, in nanoseconds since the session's start; 0 at first. */
  get nextNs(): number {
    return this.#nextNs;
  }

  /** True if there are no more slots. */
  get isOver(): boolean {
    const used = this.#slots - this.#skipped;
    return used >= this.#plan.count || this.#nextNs >= this.#plan.durationNs;
  }

  /** Slots so far, used or skipped. */
  get intended(): number {
    return this.#slots;
  }

  /** Slots that were skipped because this host was too late: there is no burst to make up for them. */
  get skipped(): number {
    return this.#skipped;
  }

  /**
   * Takes the due slot, after skipping those that are too late.
   *
   * @returns its intended time, or `undefined` if none is due now
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
    this.#slots++;
    if (this.#plan.kind === 'periodic') {
      // Computed from the start, not from the last slot: accumulated rounding errors would drift.
      this.#nextNs = this.#slots * this.#intervalNs;
      return;
    }
    // 1 − u is never 0, whose logarithm is infinite.
    this.#nextNs += -Math.log(1 - this.#random.next()) * this.#intervalNs;
  }
}
