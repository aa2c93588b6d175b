// SPDX-License-Identifier: MIT
// The kernel timestamps datagrams with the wall clock, which may be stepped; everything else is measured with the
// monotonic clock. This maps one onto the other.

import { CLOCK_REALTIME } from './constants.ts';
import { TIMESPEC } from './layout.ts';
import type { Libc, Pointer } from './libc.ts';
import type { MonotonicClock } from './monotonic-clock.ts';

/** Number of looks at the start, of which the narrowest counts: a thread may lose its core during a look. */
const FIRST_LOOKS = 16;

/**
 * The wall clock is read between two readings of the monotonic one, so the difference between the two is known to lie
 * in a range that is a fraction of a microsecond wide. As long as the assumed difference lies in that range, it stays:
 * then two timestamps are exactly as far apart as the kernel says. If it does not, the wall clock was stepped, and the
 * difference moves to the nearest end of the range. Both clocks are slewed alike, so nothing else moves it
 * (clock_gettime(2)).
 */
export class KernelClock {
  readonly #libc: Libc;
  readonly #monotonic: MonotonicClock;
  readonly #time = new BigInt64Array(TIMESPEC.size / 8);
  readonly #words = new Uint32Array(this.#time.buffer);
  readonly #pointer: Pointer;
  /**
   * Seconds are counted from here, because nanoseconds since 1970 would not fit a double. A half less than a whole
   * number, as in monotonic-clock.ts.
   */
  readonly #baseSeconds: number;
  /** Wall clock minus monotonic clock. */
  #differenceNs = 0;
  /** The range found by the latest look. */
  #lowNs = 0;
  #highNs = 0;

  constructor(libc: Libc, monotonic: MonotonicClock) {
    this.#libc = libc;
    this.#monotonic = monotonic;
    this.#pointer = libc.address(this.#time);
    libc.clock_gettime(CLOCK_REALTIME, this.#pointer);
    this.#baseSeconds = this.#words[0]! - 0.5;
    let narrowestNs = Infinity;
    for (let look = 0; look < FIRST_LOOKS; look++) {
      this.#measure();
      if (this.#highNs - this.#lowNs >= narrowestNs) continue;
      narrowestNs = this.#highNs - this.#lowNs;
      this.#differenceNs = (this.#highNs + this.#lowNs) / 2;
    }
  }

  /** Compares the clocks. Call it after reading timestamps and before converting them. */
  look(): void {
    this.#measure();
    this.#differenceNs = Math.min(this.#highNs, Math.max(this.#lowNs, this.#differenceNs));
  }

  /** Converts a kernel timestamp to the monotonic clock. */
  toMonotonicNs(seconds: number, nanoseconds: number): number {
    return (seconds - this.#baseSeconds) * 1e9 + nanoseconds - this.#differenceNs;
  }

  /** The wall clock time at a moment of the monotonic clock. */
  toWallTime(atNs: number): { readonly seconds: number; readonly nanoseconds: number } {
    const sinceBaseNs = Math.round(atNs + this.#differenceNs) - 0.5e9;
    const seconds = Math.floor(sinceBaseNs / 1e9);
    const baseSeconds = this.#baseSeconds + 0.5;
    return { seconds: baseSeconds + seconds, nanoseconds: sinceBaseNs - seconds * 1e9 };
  }

  #measure(): void {
    const beforeNs = this.#monotonic.now();
    this.#libc.clock_gettime(CLOCK_REALTIME, this.#pointer);
    const afterNs = this.#monotonic.now();
    // Seconds fit 32 bits until 2106.
    const wallNs = (this.#words[0]! - this.#baseSeconds) * 1e9 + this.#words[2]!;
    this.#lowNs = wallNs - afterNs;
    this.#highNs = wallNs - beforeNs;
  }
}
