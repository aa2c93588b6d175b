// SPDX-License-Identifier: MIT
// Datagrams that are held back to leave later, in the order of their due times, limited in number and size.

/**
 * Maximum datagrams, and payload bytes, held back at once. Each datagram also costs some 7 KiB of memory, 115 MB for
 * all.
 */
const HELD_LIMIT = 16_384;
const HELD_LIMIT_BYTES = 64 * 1024 * 1024;

interface Entry<Datagram> {
  readonly dueMs: number;
  readonly bytes: number;
  readonly datagram: Datagram;
}

export class HeldDatagrams<Datagram> {
  /** Ordered by due time, the earliest first; equal times in order of arrival. */
  readonly #entries: Entry<Datagram>[] = [];
  #bytes = 0;

  get count(): number {
    return this.#entries.length;
  }

  /** When the next one is due; `undefined` if none is held back. */
  get nextDueMs(): number | undefined {
    return this.#entries[0]?.dueMs;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#entries.length < HELD_LIMIT && this.#bytes + bytes <= HELD_LIMIT_BYTES;
  }

  hold(datagram: Datagram, bytes: number, dueMs: number): void {
    this.#bytes += bytes;
    this.#entries.splice(this.#placeFor(dueMs), 0, { dueMs, bytes, datagram });
  }

  /** Removes and returns the datagrams that are due. */
  takeDue(nowMs: number): readonly Datagram[] {
    let due = 0;
    while (due < this.#entries.length && this.#entries[due]!.dueMs <= nowMs) due++;
    return this.#take(due);
  }

  /** Removes and returns all datagrams. */
  takeAll(): readonly Datagram[] {
    return this.#take(this.#entries.length);
  }

  #take(count: number): readonly Datagram[] {
    return this.#entries.splice(0, count).map(({ datagram, bytes }) => {
      this.#bytes -= bytes;
      return datagram;
    });
  }

  /** The position of a datagram with this due time: after all that are due no later. */
  #placeFor(dueMs: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entries[middle]!.dueMs <= dueMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
