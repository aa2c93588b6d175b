// SPDX-License-Identifier: MIT
// Lists of small numbers, such as table indices, in memory of fixed size. Adding, removing and getting the first take
// constant time.

const NONE = 0;

/**
 * Lists `0 … lists − 1` of elements `0 … elements − 1`, each of which is in at most one list. The arrays hold numbers
 * plus one, so that in zeroed memory all lists are empty, and unused pages cost nothing.
 */
export class IndexLists {
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;

  constructor(lists: number, elements: number) {
    this.#first = new Int32Array(lists);
    this.#last = new Int32Array(lists);
    this.#next = new Int32Array(elements);
    this.#previous = new Int32Array(elements);
  }

  /** The oldest element of a list; −1 if it is empty. */
  first(list: number): number {
    return this.#first[list]! - 1;
  }

  /** Appends an element that is in no list. */
  push(list: number, element: number): void {
    const last = this.#last[list]!;
    this.#previous[element] = last;
    this.#next[element] = NONE;
    if (last === NONE) this.#first[list] = element + 1;
    else this.#next[last - 1] = element + 1;
    this.#last[list] = element + 1;
  }

  /** Removes an element from its list. */
  remove(list: number, element: number): void {
    const previous = this.#previous[element]!;
    const next = this.#next[element]!;
    if (previous === NONE) this.#first[list] = next;
    else this.#next[previous - 1] = next;
    if (next === NONE) this.#last[list] = previous;
    else this.#previous[next - 1] = previous;
  }
}
