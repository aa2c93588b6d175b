// SPDX-License-Identifier: MIT
// Duplication (RFC 5560 §5): copies of replies beyond the first, and how many probes had any. Two
// replies are copies of one if they answer the same probe of the same session.
// Fed with every copy that arrives while its probe is remembered, in any order; a probe without a
// reply plays no part. Nothing received: both ratios are null. A fraction may exceed 1.

/**
 * Counts copies without remembering any: whoever matches replies to probes knows how many came, and
 * need count no further than to 3.
 */
export class Duplicates {
  #distinct = 0;
  #duplicates = 0;
  #replicated = 0;

  /** Probes with at least one reply. */
  get distinct(): number {
    return this.#distinct;
  }

  /** Copies beyond each first. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Probes with more than one reply. */
  get replicated(): number {
    return this.#replicated;
  }

  /** Copies beyond each first, over probes with a reply (RFC 5560's fraction); `null` without a reply. */
  get fraction(): number | null {
    return this.#distinct === 0 ? null : this.#duplicates / this.#distinct;
  }

  /** Share of probes with a reply that had more than one (its replicated-packet rate); `null` without a reply. */
  get replicatedRatio(): number | null {
    return this.#distinct === 0 ? null : this.#replicated / this.#distinct;
  }

  /** @param copy  which reply to its probe it is: 1 for the first, 2 for the second, more for a later one */
  push(copy: number): void {
    if (copy === 1) this.#distinct++;
    else this.#duplicates++;
    if (copy === 2) this.#replicated++;
  }
}
