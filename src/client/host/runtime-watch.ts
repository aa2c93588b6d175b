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
 * How often a timer asks the loop: a delay that begins within is seen shorter by up to that. It costs
 * about as much as Node's own monitor at 1 ms, some 2 % of a core, which tells the longest delay and not
 * when it was.
 */
const LOOK_MS = 2;

export class RuntimeWatch implements Disposable {
  readonly #delays = new Distribution(new Histogram());
  readonly #gc = new GcWatch();
  readonly #onDelay: (delayNs: number) => void;
  readonly #timer: NodeJS.Timeout;
  #lookedAtNs = monotonicNs();

  /** @param onDelay  told each time how late the loop was, which may be by nothing */
  constructor(onDelay: (delayNs: number) => void) {
    this.#onDelay = onDelay;
    this.#timer = setInterval(this.#look, LOOK_MS);
  }

  /** What was seen until now. */
  read(): RuntimeReading {
    // Whatever goes on now has no timer to tell of it any more.
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
