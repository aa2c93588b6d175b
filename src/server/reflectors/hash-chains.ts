// SPDX-License-Identifier: MIT
// Finds table entries by the hash of their contents, in memory of fixed size and in bounded time.

/** Buckets, over which elements are distributed by hash. */
const BUCKETS = 65_536;

/**
 * Maximum elements in one bucket. With as many elements as buckets and random hashes, one of 10^30 tables exceeds it.
 * It bounds the work even if an attacker guesses the salt.
 */
const LONGEST = 32;

/** The arrays hold numbers plus one, so that zeroed memory is empty. */
export class HashChains {
  readonly #first = new Int32Array(BUCKETS);
  readonly #next: Int32Array;

  /** @param elements  number of elements, which are numbered from 0 */
  constructor(elements: number) {
    this.#next = new Int32Array(elements);
  }

  /** The first element of the hash's bucket, which may have another hash; −1 for none. */
  first(hash: number): number {
    return this.#first[hash & (BUCKETS - 1)]! - 1;
  }

  /** The next element; −1 for none. */
  next(element: number): number {
    return this.#next[element]! - 1;
  }

  /** True if an element of this hash may be added. */
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

  /** Removes an element that was added with that hash. */
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
