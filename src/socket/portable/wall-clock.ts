// SPDX-License-Identifier: MIT
// The time of day from nothing but Node: finer than Date.now(), and following it where it is stepped.

import type { ClockQuality, WallClock } from '../wall-clock.ts';

/** Date.now() leaves out up to this much. */
const DATE_GRAIN_MS = 1;

/** Nobody tells Node how good the clock is; this is what the event loop adds when it is idle. */
const QUALITY: ClockQuality = { isSynchronised: false, errorSeconds: 0.001 };

export class PortableWallClock implements WallClock {
  /** Wall clock less `performance.now()`, in milliseconds. */
  #differenceMs = performance.timeOrigin;

  read(time: { seconds: number; nanoseconds: number }): void {
    const monotonicMs = performance.now();
    // It lies in this range; as long as what was believed does too, the clock was not stepped.
    const lowMs = Date.now() - monotonicMs;
    const believedMs = this.#differenceMs;
    if (believedMs < lowMs - DATE_GRAIN_MS || believedMs > lowMs + 2 * DATE_GRAIN_MS) {
      this.#differenceMs = lowMs;
    }
    const nowMs = this.#differenceMs + monotonicMs;
    const seconds = Math.floor(nowMs / 1000);
    time.seconds = seconds;
    time.nanoseconds = Math.floor((nowMs - seconds * 1000) * 1e6);
  }

  quality(): ClockQuality {
    return QUALITY;
  }
}
