// SPDX-License-Identifier: MIT
// Reordering (RFC 4737): a reply is reordered if one of a larger sequence number came before it
// (§3), so it is the late ones that count, not those that overtook them. Fed in order of arrival,
// first copies only (§3.6): a duplicate would count as reordered.
// The first reply is in order, whatever its number. Gaps are no reordering: a lost probe's number is
// passed over. Numbers must not wrap: 32-bit ones are extended before.

export class Reordering {
  #largest = -Infinity;
  #reordered = 0;

  /** Reordered replies so far. */
  get reordered(): number {
    return this.#reordered;
  }

  /** One that counts on from here by itself. */
  copy(): Reordering {
    const copy = new Reordering();
    copy.#largest = this.#largest;
    copy.#reordered = this.#reordered;
    return copy;
  }

  /**
   * Takes in the reply that arrived next.
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
