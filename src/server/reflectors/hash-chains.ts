// SPDX-License-Identifier: MIT
// Finds places of a table by the hash of what they hold, in memory of fixed size and in bounded time.

/** Buckets that elements are dealt to by their hash. */
const BUCKETS = 65_536;

/**
 * Elements in one bucket. With as many elements as buckets and random hashes one holds more once in 10^30
 * tables; it bounds the work for whoever guesses the salt.
 */
const LONGEST = 32;

/** The arrays hold numbers plus one, so that memory of zeros is empty. */
export class HashChains {
  readonly #first = new Int32Array(BUCKETS);
  readonly #next: Int32Array;

  /** @param elements  they are numbered from 0 */
  constructor(elements: number) {
    this.#next = new Int32Array(elements);
  }

  /** An element of this hash, perhaps, or of another; −1 is none. */
  first(hash: number): number {
    return this.#first[hash & (BUCKETS - 1)]! - 1;
  }

  /** The one after it; −1 is none. */
  next(element: number): number {
    return this.#next[element]! - 1;
  }

  /** True where an element of this hash may be added. */
  hasRoom(hash: number): boolean {
    let length = 0;
    for (let at = this.first(hash); at >= 0; at = this.next(at)) length++;
    return length < LONGEST;
  }

  add(hash: number, element: number): void {
    const bucket = hash & (BUCKETS - 1);
    this.#next[element] = this.#first[bucket]!;
    this.#first[bucket] = element + 1;
  }

  /** Takes an element out that was added with that hash. */
  remove(hash: number, element: number): void {
    const bucket = hash & (BUCKETS - 1);
    if (this.#first[bucket] === element + 1) {
      this.#first[bucket] = this.#next[element]!;
      return;
    }
    let before = this.first(hash);
    while (this.#next[before] !== element + 1) before = this.next(before);
    this.#next[before] = this.#next[element]!;
  }
}
