// SPDX-License-Identifier: MIT
// Compares the wall clock with the monotonic clock. If the wall clock gets ahead, the machine was suspended (Linux'
// monotonic clock stops then) or its clock was set; if it falls behind, it was set back. No number of a measurement
// comes from the wall clock: a step is reported, and changes nothing.

/** Steps of the wall clock against the monotonic one. */
export interface ClockSteps {
  readonly count: number;
  /** The step farthest from zero, positive if the wall clock got ahead; `null` if there was none. */
  readonly largestNs: number | null;
}

/**
 * Smaller differences are ignored: the wall clock is read in milliseconds, and a time service that slews it, by at most
 * 8 %, changes it by less in the second between two looks.
 */
const LEAST_STEP_NS = 200e6;

export class ClockWatch {
  #differenceNs: number | undefined;
  #count = 0;
  #largestNs = 0;

  get steps(): ClockSteps {
    return { count: this.#count, largestNs: this.#count === 0 ? null : this.#largestNs };
  }

  /** @param differenceNs  wall clock minus monotonic clock now. Call it about every second. */
  look(differenceNs: number): void {
    const stepNs = differenceNs - (this.#differenceNs ?? differenceNs);
    this.#differenceNs = differenceNs;
    if (Math.abs(stepNs) < LEAST_STEP_NS) return;
    this.#count++;
    if (Math.abs(stepNs) > Math.abs(this.#largestNs)) this.#largestNs = Math.round(stepNs);
  }
}
