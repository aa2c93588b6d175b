// SPDX-License-Identifier: MIT
// How long the garbage collector stopped this thread.

import { PerformanceObserver } from 'node:perf_hooks';

export class GcWatch implements Disposable {
  readonly #observer: PerformanceObserver;
  #longestMs: number | null = null;

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        this.#longestMs = Math.max(this.#longestMs ?? 0, duration);
      }
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** The longest pause that the event loop has reported; `null` if there was none. */
  get longestNs(): number | null {
    return this.#longestMs === null ? null : Math.round(this.#longestMs * 1e6);
  }

  [Symbol.dispose](): void {
    this.#observer.disconnect();
  }
}
