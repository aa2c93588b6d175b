// SPDX-License-Identifier: MIT
// One rendering of metrics for everybody who asks within a tenth of a second.

/** A rendering of a server costs about as much as 1,000 echoes. */
const FRESH_MS = 100;

export class SharedRendering {
  readonly #render: () => Promise<Uint8Array>;
  #latest: Promise<Uint8Array> | undefined;
  #beganAtMs = 0;

  constructor(render: () => Promise<Uint8Array>) {
    this.#render = render;
  }

  /** The bytes are shared and must not be written to. */
  read(): Promise<Uint8Array> {
    const nowMs = performance.now();
    if (this.#latest === undefined || nowMs - this.#beganAtMs >= FRESH_MS) {
      this.#beganAtMs = nowMs;
      this.#latest = this.#render();
    }
    return this.#latest;
  }
}
