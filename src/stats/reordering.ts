// SPDX-License-Identifier: MIT
// Reordering (RFC 4737): a reply is reordered if one with a larger sequence number arrived before it (§3), so the late
// ones count, not those that overtook them. Call it in arrival order, for first copies only (§3.6): a duplicate would
// count as reordered. The first reply is in order, whatever its number. Gaps are not reordering: a lost probe's number
// is skipped. Numbers must not wrap: callers extend 32-bit numbers.

export class Reordering {
  #largest = -Infinity;
  #reordered = 0;

  /** Reordered replies so far. */
  get reordered(): number {
    return this.#reordered;
  }

  /** A copy that continues independently. */
  copy(): Reordering {
    const copy = new Reordering();
    copy.#largest = this.#largest;
    copy.#reordered = this.#reordered;
    return copy;
  }

  /**
   * Adds the next reply in arrival order.
   *
   * @param sequence  a whole number below 2^53
   * @returns true if it is reordered
   */
  push(sequence: number): boolean {
    if (sequence > this.#largest) {
      this.#largest = sequence;
      return false;
    }
    this.#reordered++;
    return true;
  }
}
