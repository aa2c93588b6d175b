// SPDX-License-Identifier: MIT
// Decides the fate of each datagram by a plan; the same seed gives the same fates.

import { Random } from '../random.ts';
import { REORDER_HOLD_MS, type ImpairmentPlan } from './impairments.ts';

/** What happens to one datagram. If it is lost or in a blackout, nothing else happens to it. */
export interface Fate {
  readonly isLost: boolean;
  readonly isBlackedOut: boolean;
  readonly isDuplicated: boolean;
  readonly isReordered: boolean;
  readonly isCorrupted: boolean;
  /** The bit to flip, as a fraction of all bits, from 0 to below 1. */
  readonly bit: number;
  /** The delay from `delayMs` and `jitterMs`. */
  readonly delayMs: number;
  /** The delay plus what reordering adds. */
  readonly holdMs: number;
}

/** The fates of the datagrams of one path, in order. */
export class Fates {
  readonly #plan: Required<ImpairmentPlan>;
  readonly #random: Random;
  /** When the plan took effect: blackouts count from there. */
  readonly #sinceMs: number;

  /** @param nowMs  on the same clock as the argument of `next` */
  constructor(plan: ImpairmentPlan, nowMs: number) {
    this.#plan = complete(plan);
    this.#random = new Random(this.#plan.seed);
    this.#sinceMs = nowMs;
  }

  next(nowMs: number): Fate {
    const plan = this.#plan;
    // Every datagram takes the same number of draws, so that one fate doesn't shift the next.
    const isLost = this.#draw(plan.lossRatio);
    const isDuplicated = this.#draw(plan.duplicateRatio);
    const isReordered = this.#draw(plan.reorderRatio);
    const isCorrupted = this.#draw(plan.corruptRatio);
    const bit = this.#random.next();
    const jitterMs = (this.#random.next() * 2 - 1) * plan.jitterMs;
    const delayMs = Math.max(0, plan.delayMs + jitterMs);
    const holdMs = delayMs + (isReordered ? REORDER_HOLD_MS : 0);
    const isBlackedOut = this.#isBlackout(nowMs - this.#sinceMs);
    return {
      isLost,
      isBlackedOut,
      isDuplicated,
      isReordered,
      isCorrupted,
      bit,
      delayMs,
      holdMs,
    };
  }

  #draw(ratio: number): boolean {
    return this.#random.next() < ratio;
  }

  /** @param ageMs  age of the plan */
  #isBlackout(ageMs: number): boolean {
    const { blackoutMs, blackoutStartMs, blackoutEveryMs } = this.#plan;
    if (blackoutMs === 0 || ageMs < blackoutStartMs) return false;
    return (ageMs - blackoutStartMs) % blackoutEveryMs < blackoutMs;
  }
}

/** Field by field, so that a field that is present but undefined gets its default too. */
function complete(plan: ImpairmentPlan): Required<ImpairmentPlan> {
  return {
    lossRatio: plan.lossRatio ?? 0,
    duplicateRatio: plan.duplicateRatio ?? 0,
    reorderRatio: plan.reorderRatio ?? 0,
    corruptRatio: plan.corruptRatio ?? 0,
    delayMs: plan.delayMs ?? 0,
    jitterMs: plan.jitterMs ?? 0,
    blackoutMs: plan.blackoutMs ?? 0,
    blackoutStartMs: plan.blackoutStartMs ?? 0,
    // Without it there is only one blackout: a number modulo infinity is the number itself.
    blackoutEveryMs: plan.blackoutEveryMs ?? Infinity,
    seed: plan.seed ?? 1,
  };
}
