// SPDX-License-Identifier: MIT
// Watches what this process adds to a measurement: how late its event loop runs, and how long its
// garbage collector stops it.

import { Distribution } from '../../stats/distribution.ts';
import { Histogram } from '../../stats/histogram.ts';
import { monotonicNs } from '../../time.ts';
import { GcWatch } from './gc-watch.ts';

export interface RuntimeReading {
  readonly loopDelayNs: { readonly p99: number | null; readonly max: number | null };
  readonly gcMaxNs: number | null;
}

/**
 * The interval of a timer that checks the loop: a delay that begins within it appears shorter by up to that much. It
 * costs about as much as Node's own monitor at 1 ms, some 2 % of a core; that monitor reports the longest delay, but
 * not when it was.
 */
const LOOK_MS = 2;

export class RuntimeWatch implements Disposable {
  readonly #delays = new Distribution(new Histogram());
  readonly #gc = new GcWatch();
  readonly #onDelay: (delayNs: number) => void;
  readonly #timer: NodeJS.Timeout;
  #lookedAtNs = monotonicNs();

  /** @param onDelay  called each time with how late the loop was, which may be 0 */
  constructor(onDelay: (delayNs: number) => void) {
    this.#onDelay = onDelay;
    this.#timer = setInterval(this.#look, LOOK_MS);
  }

  /** The readings so far. */
  read(): RuntimeReading {
    // A delay that is still going on has no timer left to report it.
    this.#look();
    const { p99, max } = this.#delays.summary();
    return { loopDelayNs: { p99, max }, gcMaxNs: this.#gc.longestNs };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#gc[Symbol.dispose]();
  }

  readonly #look = (): void => {
    const nowNs = monotonicNs();
    const delayNs = Math.max(0, Math.round(nowNs - this.#lookedAtNs - LOOK_MS * 1e6));
    this.#lookedAtNs = nowNs;
    this.#delays.record(delayNs);
    this.#onDelay(delayNs);
  };
}
