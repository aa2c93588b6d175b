// SPDX-License-Identifier: MIT
// Tracks how many datagrams may still become events this second, and how many did not become events.

export class SampleCredit {
  readonly #cell: Int32Array;
  readonly #perSecond: number;
  #unreported = 0;

  /** @param cell  one shared cell: samples that may still be taken this second */
  constructor(cell: Int32Array, perSecond: number) {
    this.#cell = cell;
    this.#perSecond = perSecond;
    this.renew();
  }

  /** Call it once per second. */
  renew(): void {
    Atomics.store(this.#cell, 0, this.#perSecond);
  }

  /**
   * @param total  datagrams that did not become events so far
   * @returns those since the last call
   */
  takeUnreported(total: number): number {
    const datagrams = total - this.#unreported;
    this.#unreported = total;
    return datagrams;
  }
}
