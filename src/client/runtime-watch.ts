// SPDX-License-Identifier: MIT
// Watches what this process adds to a measurement: how late its event loop runs, and how long its
// garbage collector stops it.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { GcWatch } from './gc-watch.ts';

export interface RuntimeReading {
  readonly loopDelayNs: { readonly p99: number | null; readonly max: number | null };
  readonly gcMaxNs: number | null;
}

/** How often the loop is asked; what is measured includes it. */
const RESOLUTION_MS = 1;

export class RuntimeWatch implements Disposable {
  readonly #loopDelay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #gc = new GcWatch();

  constructor() {
    this.#loopDelay.enable();
  }

  /**
   * @param latestTurnNs  the longest delay that the caller saw itself: Node's monitor sees none before
   * its second look
   */
  read(latestTurnNs: number): RuntimeReading {
    const { count } = this.#loopDelay;
    const delayNs = (intervalNs: number): number | null =>
      count === 0 ? null : Math.max(0, intervalNs - RESOLUTION_MS * 1e6);
    const maxNs = delayNs(this.#loopDelay.max) ?? 0;
    return {
      loopDelayNs: {
        p99: delayNs(this.#loopDelay.percentile(99)),
        max: count === 0 && latestTurnNs === 0 ? null : Math.max(latestTurnNs, maxNs),
      },
      gcMaxNs: this.#gc.longestNs,
    };
  }

  [Symbol.dispose](): void {
    this.#loopDelay.disable();
    this.#gc[Symbol.dispose]();
  }
}
