// SPDX-License-Identifier: MIT
// Long work in short slices: other work of the thread comes between them.

import { setImmediate as nextTurn } from 'node:timers/promises';

/** Of one slice. */
const SLICE_MS = 2;

export class Slices {
  #beganAtMs = performance.now();

  /** To be awaited again and again; resolves in a later turn of the event loop once the slice is over. */
  async pause(): Promise<void> {
    if (performance.now() - this.#beganAtMs < SLICE_MS) return;
    await nextTurn();
    this.#beganAtMs = performance.now();
  }
}
