// SPDX-License-Identifier: MIT
// Reordering (RFC 4737): a reply is reordered if one of a larger sequence number came before it
// (§3), so it is the late ones that count, not those that overtook them. Fed in order of arrival,
// first copies only (§3.6): a duplicate would count as reordered.
// The first reply is in order, whatever its number. Gaps are no reordering: a lost probe's number is
// passed over. Numbers must not wrap: 32-bit ones are extended before. Nothing received: the ratio is
// null; nothing reordered: the extent is.

/** The reordering of a stream. */
export interface ReorderingSummary {
  readonly reordered: number;
  /** Reordered over received (§4.1.3); `null` if nothing was received. */
  readonly ratio: number | null;
  /** How many arrivals the latest of them came behind the first larger one (§4.2.3); `null` if none. */
  readonly maxExtent: number | null;
  /** True where one came behind more than were remembered, so that `maxExtent` may be too small. */
  readonly isMaxExtentLeast: boolean;
}

/**
 * Counts reordered replies, and by how much they are late.
 *
 * The extent of a reply is counted from the earliest arrival with a larger number. That one was
 * itself the largest so far, so only arrivals in order need be remembered, and since their numbers
 * rise it is found by halving.
 */
export class Reordering {
  readonly #remembered: number;
  readonly #sequences: Float64Array;
  readonly #arrivals: Float64Array;
  /** Arrivals in order so far; the ring's next slot is this, modulo its size. */
  #inOrder = 0;
  #received = 0;
  #maxExtent = 0;
  #isMaxExtentLeast = false;
  #largest = -Infinity;

  /**
   * @param remembered  replies in order, to tell how far a later one came behind them; 16 bytes for each
   */
  constructor(remembered: number) {
    this.#remembered = remembered;
    this.#sequences = new Float64Array(remembered);
    this.#arrivals = new Float64Array(remembered);
  }

  /**
   * Takes in the reply that arrived next.
   *
   * @param sequence  a whole number below 2^53
   * @returns its extent in arrivals, or as far as that is remembered; 0 if it is in order
   */
  push(sequence: number): number {
    const arrival = this.#received++;
    if (sequence > this.#largest) {
      this.#largest = sequence;
      this.#remember(sequence, arrival);
      return 0;
    }
    const overtaker = this.#firstLarger(sequence);
    const extent = arrival - this.#arrivals[overtaker % this.#remembered]!;
    this.#maxExtent = Math.max(this.#maxExtent, extent);
    // An earlier one may have been forgotten; then no later extent can be known to be the largest.
    if (overtaker > 0 && overtaker === this.#oldest()) this.#isMaxExtentLeast = true;
    return extent;
  }

  summary(): ReorderingSummary {
    const reordered = this.#received - this.#inOrder;
    return {
      reordered,
      ratio: this.#received === 0 ? null : reordered / this.#received,
      maxExtent: reordered === 0 ? null : this.#maxExtent,
      isMaxExtentLeast: this.#isMaxExtentLeast,
    };
  }

  #remember(sequence: number, arrival: number): void {
    const slot = this.#inOrder++ % this.#remembered;
    this.#sequences[slot] = sequence;
    this.#arrivals[slot] = arrival;
  }

  /** The oldest arrival in order that is remembered, counted from the first of the session. */
  #oldest(): number {
    return Math.max(0, this.#inOrder - this.#remembered);
  }

  /** The earliest remembered arrival with a larger number; there is one, the last at the latest. */
  #firstLarger(sequence: number): number {
    let low = this.#oldest();
    let high = this.#inOrder - 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#sequences[middle % this.#remembered]! > sequence) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
