// SPDX-License-Identifier: MIT
// The monotonic clock for a loop that reads it all the time. `performance.now()` makes an object of each
// number, which a thread that spins for its next probe pays for with a garbage collection now and then:
// some 0.4 ms, four times a second, in which no probe leaves.

import { CLOCK_MONOTONIC } from './constants.ts';
import { TIMESPEC } from './layout.ts';
import type { Libc, Pointer } from './libc.ts';

export class MonotonicClock {
  readonly #libc: Libc;
  readonly #time = new Uint32Array(TIMESPEC.size / 4);
  readonly #pointer: Pointer;
  /** Counted from here, so that a double holds each nanosecond for 104 days. */
  readonly #baseSeconds: number;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#pointer = libc.address(this.#time);
    libc.clock_gettime(CLOCK_MONOTONIC, this.#pointer);
    this.#baseSeconds = this.#time[0]!;
  }

  /** Nanoseconds since a moment before this clock was made. */
  now(): number {
    this.#libc.clock_gettime(CLOCK_MONOTONIC, this.#pointer);
    // Since the system's start: 32 bits of seconds are enough for 136 years.
    return (this.#time[0]! - this.#baseSeconds) * 1e9 + this.#time[2]!;
  }
}
