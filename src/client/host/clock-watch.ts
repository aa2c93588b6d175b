// SPDX-License-Identifier: MIT
// Compares the wall clock with the monotonic one. Where the first gets ahead the machine was suspended
// (Linux's monotonic clock stops then) or its clock was set; where it falls behind, it was set back.
// No number of a measurement comes from the wall clock: a step is told, and changes nothing.

/** Steps of the wall clock against the monotonic one. */
export interface ClockSteps {
  readonly count: number;
  /** The one farthest from zero: above it, the wall clock got ahead; `null` without any. */
  readonly largestNs: number | null;
}

/**
 * Differences below it are none: the wall clock is read in milliseconds, and a time service that slews
 * it, by 8 % at most, makes less of the second that lies between two looks.
 */
const LEAST_STEP_NS = 200e6;

export class ClockWatch {
  #differenceNs: number | undefined;
  #count = 0;
  #largestNs = 0;

  get steps(): ClockSteps {
    return { count: this.#count, largestNs: this.#count === 0 ? null : this.#largestNs };
  }

  /** Looks at both clocks, read one after the other. Call it about every second. */
  look(monotonicNs: number, wallNs: number): void {
    const differenceNs = wallNs - monotonicNs;
    const stepNs = differenceNs - (this.#differenceNs ?? differenceNs);
    this.#differenceNs = differenceNs;
    if (Math.abs(stepNs) < LEAST_STEP_NS) return;
    this.#count++;
    if (Math.abs(stepNs) > Math.abs(this.#largestNs)) this.#largestNs = Math.round(stepNs);
  }
}
