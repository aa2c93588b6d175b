// SPDX-License-Identifier: MIT
// Whether the limits that a search found still hold at its end.

import { isUnanswered, type Bracket, type Evidence, type Mark } from './evidence.ts';
import type { Trial } from './trial.ts';

export type Direction = 'forward' | 'backward';

export const DIRECTIONS: readonly Direction[] = ['forward', 'backward'];

/** The limits as they were found; what is sent from now on is compared with them. */
export class FoundLimits {
  readonly forward: Bracket;
  readonly backward: Bracket;
  readonly #evidence: Evidence;
  readonly #ownLimit: number | undefined;
  readonly #before: number;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
    this.#ownLimit = evidence.ownLimit;
    this.#before = evidence.trials.length;
    this.forward = evidence.forward();
    this.backward = evidence.backward();
  }

  /** Whether the largest size that passed has passed again. */
  isHeld(direction: Direction): boolean {
    const { lo } = this[direction];
    return this.#marks(direction).some(({ kind, size }) => kind === 'passed' && size >= lo);
  }

  /** @param tries  losses, and no reply, after which a size that passed no longer does */
  isContradicted(tries: number): boolean {
    if (this.#evidence.ownLimit !== this.#ownLimit) return true;
    return DIRECTIONS.some(
      (direction) => this.#isRefuted(direction) || this.#isMissing(direction, tries),
    );
  }

  /** What did not pass now does, or the other way round. */
  #isRefuted(direction: Direction): boolean {
    const { lo, hi = Infinity } = this[direction];
    return this.#marks(direction).some(
      ({ kind, size }) => (kind === 'passed' && size >= hi) || (kind === 'stopped' && size <= lo),
    );
  }

  #isMissing(direction: Direction, tries: number): boolean {
    const { lo } = this[direction];
    const missing = this.#since.filter(
      (trial) => !trial.isControl && trial.size === lo && isUnanswered(trial),
    );
    return missing.length >= tries && !this.isHeld(direction);
  }

  #marks(direction: Direction): readonly Mark[] {
    return this.#evidence.marks(direction, this.#since);
  }

  get #since(): readonly Trial[] {
    return this.#evidence.trials.slice(this.#before);
  }
}
