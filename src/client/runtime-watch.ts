// SPDX-License-Identifier: MIT
// Watches what this process adds to a measurement: how late its event loop runs, and how long its
// garbage collector stops it.

import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';

export interface RuntimeReading {
  readonly loopDelayNs: { readonly p99: number | null; readonly max: number | null };
  readonly gcMaxNs: number | null;
}

/** How often the loop is asked; what is measured includes it. */
const RESOLUTION_MS = 1;

export class RuntimeWatch implements Disposable {
  readonly #loopDelay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #observer: PerformanceObserver;
  #gcMaxMs: number | null = null;

  constructor() {
    this.#loopDelay.enable();
    this.#observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        this.#gcMaxMs = Math.max(this.#gcMaxMs ?? 0, duration);
      }
    });
    this.#observer.observe({ entryTypes: ['gc'] });
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
      gcMaxNs: this.#gcMaxMs === null ? null : Math.round(this.#gcMaxMs * 1e6),
    };
  }

  [Symbol.dispose](): void {
    this.#loopDelay.disable();
    this.#observer.disconnect();
  }
}
