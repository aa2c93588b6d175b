// SPDX-License-Identifier: MIT
// The kernel numbers the datagrams that a socket sends, modulo 2^32, and says the number with each time
// of sending. This turns it into the number of the probe.

const TWO_TO_32 = 2 ** 32;

export class StampNumbers {
  readonly #step: number;
  /** The probe that the kernel numbers 0. */
  #first: number;
  /** How many probes the latest stamp came after. */
  #latest = 0;

  /**
   * @param first  number of the socket's first probe
   * @param step   how far apart the numbers of its probes are
   */
  constructor(first: number, step: number) {
    this.#first = first;
    this.#step = step;
  }

  /** The kernel starts again at 0, with this probe. */
  restart(first: number): void {
    this.#first = first;
    this.#latest = 0;
  }

  /** The probe of a stamp. Stamps come about in order, so that a small number after a large one is new. */
  sequenceOf(id: number): number {
    const wrapped = this.#latest - (this.#latest % TWO_TO_32) + id;
    const isNextRound = wrapped < this.#latest - TWO_TO_32 / 2;
    const sent = isNextRound ? wrapped + TWO_TO_32 : wrapped;
    this.#latest = Math.max(this.#latest, sent);
    return this.#first + sent * this.#step;
  }
}
