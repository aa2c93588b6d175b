// SPDX-License-Identifier: MIT
// Lists of small numbers, such as places of a table, in memory of fixed size: adding, removing and asking
// for the first take the same few steps however long a list is.

const NONE = 0;

/**
 * Lists `0 … lists − 1` of elements `0 … elements − 1`, each of which is in one list at most. The arrays
 * hold numbers plus one, so that memory of zeros is all lists empty, and pages never used cost nothing.
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

  /** The element that was pushed before all others of a list; −1 where it is empty. */
  first(list: number): number {
    return this.#first[list]! - 1;
  }

  /** Puts an element that is in no list at the end of one. */
  push(list: number, element: number): void {
    const last = this.#last[list]!;
    this.#previous[element] = last;
    this.#next[element] = NONE;
    if (last === NONE) this.#first[list] = element + 1;
    else this.#next[last - 1] = element + 1;
    this.#last[list] = element + 1;
  }

  /** Takes an element out of the list that it is in. */
  remove(list: number, element: number): void {
    const previous = this.#previous[element]!;
    const next = this.#next[element]!;
    if (previous === NONE) this.#first[list] = next;
    else this.#next[previous - 1] = next;
    if (next === NONE) this.#last[list] = previous;
    else this.#previous[next - 1] = previous;
  }
}
