// SPDX-License-Identifier: MIT
// The kernel's time of day, and the kernel's estimate of its error.

import type { ClockQuality, WallClock } from '../wall-clock.ts';
import { CLOCK_REALTIME, STA_UNSYNC } from './constants.ts';
import { TIMESPEC, TIMEX } from './layout.ts';
import type { Libc, Pointer } from './libc.ts';

/** The kernel's estimate for an unsynchronized clock: NTP_PHASE_LIMIT, 16 s (linux/timex.h). */
const UNKNOWN: ClockQuality = { isSynchronised: false, errorSeconds: 16 };

export class LinuxWallClock implements WallClock {
  readonly #libc: Libc;
  readonly #time = new Uint32Array(TIMESPEC.size / 4);
  readonly #timePointer: Pointer;
  readonly #timex = new Uint8Array(TIMEX.size);

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#timePointer = libc.address(this.#time);
  }

  read(time: { seconds: number; nanoseconds: number }): void {
    this.#libc.clock_gettime(CLOCK_REALTIME, this.#timePointer);
    // Seconds fit 32 bits until 2106.
    time.seconds = this.#time[0]!;
    time.nanoseconds = this.#time[2]!;
  }

  quality(): ClockQuality {
    return this.knownQuality() ?? UNKNOWN;
  }

  /**
   * The kernel's own bound, which grows by 500 µs per second while nothing corrects the clock (adjtimex(2)); `undefined`
   * if a sandbox forbids to ask.
   */
  knownQuality(): ClockQuality | undefined {
    this.#timex.fill(0);
    if (this.#libc.adjtimex(this.#libc.address(this.#timex)) < 0) return undefined;
    const view = new DataView(this.#timex.buffer);
    const maxErrorUs = Number(view.getBigInt64(TIMEX.maxError, true));
    const status = view.getInt32(TIMEX.status, true);
    return { isSynchronised: (status & STA_UNSYNC) === 0, errorSeconds: maxErrorUs / 1e6 };
  }
}
