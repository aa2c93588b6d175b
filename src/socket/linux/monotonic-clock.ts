// SPDX-License-Identifier: MIT
// The monotonic clock for a loop that reads it all the time. `performance.now()` allocates an object for each number. A
// thread that spins until its next probe would pay for that with garbage collections: some 0.4 ms, four times per
// second, in which no probe leaves.

import { CLOCK_MONOTONIC } from './constants.ts';
import { TIMESPEC } from './layout.ts';
import type { Libc, Pointer } from './libc.ts';

export class MonotonicClock {
  readonly #libc: Libc;
  readonly #time = new Uint32Array(TIMESPEC.size / 4);
  readonly #pointer: Pointer;
  /**
   * Seconds are counted from here, so that a double holds each nanosecond for 104 days. It ends in a half, so that no
   * time is ever a small integer to V8: when times become doubles after 2.1 s (2^31 ns), V8 discards all compiled code
   * that reads them.
   */
  readonly #baseSeconds: number;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#pointer = libc.address(this.#time);
    libc.clock_gettime(CLOCK_MONOTONIC, this.#pointer);
    this.#baseSeconds = this.#time[0]! - 0.5;
  }

  /** Nanoseconds since a moment before this clock was made. */
  now(): number {
    this.#libc.clock_gettime(CLOCK_MONOTONIC, this.#pointer);
    // The clock counts from the system's start: 32 bits of seconds are enough for 136 years.
    return (this.#time[0]! - this.#baseSeconds) * 1e9 + this.#time[2]!;
  }
}
