// SPDX-License-Identifier: MIT
// Finds the target that is due next: a binary heap of rows ordered by time, in growing arrays. It knows the place of each
// row, so that a row can be moved or deleted.

const LEAST_ROWS = 64;
const ABSENT = -1;

export class DueHeap {
  #rows = new Int32Array(LEAST_ROWS);
  #timesNs = new Float64Array(LEAST_ROWS);
  /** Place in the heap by row. */
  #places = new Int32Array(LEAST_ROWS).fill(ABSENT);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** When the next row is due; Infinity if there is none. */
  get firstNs(): number {
    return this.#size === 0 ? Infinity : this.#timesNs[0]!;
  }

  /** The row that is due next; meaningless if there is none. */
  get firstRow(): number {
    return this.#rows[0]!;
  }

  /** Adds a row, or moves it to another time. */
  set(row: number, timeNs: number): void {
    this.#makeRoom(row);
    let place = this.#places[row]!;
    if (place === ABSENT) place = this.#size++;
    this.#put(place, row, timeNs);
    this.#rise(place);
    this.#sink(this.#places[row]!);
  }

  delete(row: number): void {
    const place = this.#places[row] ?? ABSENT;
    if (place === ABSENT) return;
    this.#places[row] = ABSENT;
    this.#size--;
    if (place === this.#size) return;
    const moved = this.#rows[this.#size]!;
    this.#put(place, moved, this.#timesNs[this.#size]!);
    this.#rise(place);
    this.#sink(this.#places[moved]!);
  }

  #rise(from: number): void {
    let place = from;
    const row = this.#rows[place]!;
    const timeNs = this.#timesNs[place]!;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      if (this.#timesNs[parent]! <= timeNs) break;
      this.#put(place, this.#rows[parent]!, this.#timesNs[parent]!);
      place = parent;
    }
    this.#put(place, row, timeNs);
  }

  #sink(from: number): void {
    let place = from;
    const row = this.#rows[place]!;
    const timeNs = this.#timesNs[place]!;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#timesNs[child + 1]! < this.#timesNs[child]!) child++;
      if (this.#timesNs[child]! >= timeNs) break;
      this.#put(place, this.#rows[child]!, this.#timesNs[child]!);
      place = child;
    }
    this.#put(place, row, timeNs);
  }

  #put(place: number, row: number, timeNs: number): void {
    this.#rows[place] = row;
    this.#timesNs[place] = timeNs;
    this.#places[row] = place;
  }

  #makeRoom(row: number): void {
    const capacity = this.#rows.length;
    if (row < capacity) return;
    const wanted = Math.max(2 * capacity, row + 1);
    const rows = new Int32Array(wanted);
    const timesNs = new Float64Array(wanted);
    const places = new Int32Array(wanted).fill(ABSENT);
    rows.set(this.#rows);
    timesNs.set(this.#timesNs);
    places.set(this.#places);
    this.#rows = rows;
    this.#timesNs = timesNs;
    this.#places = places;
  }
}
