// SPDX-License-Identifier: MIT
// The time of day from Node alone: finer than Date.now(), and following it if it is stepped.

import type { ClockQuality, WallClock } from '../wall-clock.ts';
import { followWallClock } from './wall-time.ts';

/** Node can't learn how accurate the clock is; this is what an idle event loop adds. */
const QUALITY: ClockQuality = { isSynchronised: false, errorSeconds: 0.001 };

export class PortableWallClock implements WallClock {
  /** What it shows at zero of `performance.now()`. */
  #atZeroMs = performance.timeOrigin;

  read(time: { seconds: number; nanoseconds: number }): void {
    const monotonicMs = performance.now();
    this.#atZeroMs = followWallClock(this.#atZeroMs, monotonicMs);
    const nowMs = this.#atZeroMs + monotonicMs;
    const seconds = Math.floor(nowMs / 1000);
    time.seconds = seconds;
    time.nanoseconds = Math.floor((nowMs - seconds * 1000) * 1e6);
  }

  quality(): ClockQuality {
    return QUALITY;
  }
}
