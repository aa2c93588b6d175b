// SPDX-License-Identifier: MIT
// Has the board follow the prober's open columns while somebody looks.

import type { WatchView } from '../watch/watch-view.ts';

/** The prober is asked so often at most, however many look. */
const FRESH_MS = 500;

/** A prober that does not answer leaves the board as it is. */
const PATIENCE_MS = 1000;

export class LatestColumns {
  readonly #fleet: WatchView['fleet'];
  #askedAtMs = -Infinity;

  constructor({ fleet }: WatchView) {
    this.#fleet = fleet;
  }

  /** Resolves when the board is fresh, or can't be. */
  async follow(): Promise<void> {
    if (performance.now() - this.#askedAtMs < FRESH_MS) return;
    this.#askedAtMs = performance.now();
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const over = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
    });
    await Promise.race([this.#fleet.openColumns().catch(() => undefined), over]);
  }
}
