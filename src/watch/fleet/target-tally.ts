// SPDX-License-Identifier: MIT
// The counts of one target: in its row of shared memory, and in the columns that are not final yet. Each count goes into
// both at the same time, so that the columns add up to the row.

import { COUNT_PLACE, type CountName } from '../counts.ts';
import type { ColumnClock } from './column-clock.ts';
import type { ColumnPool, OpenColumn } from './open-column.ts';
import { addRtt } from './shared-counters.ts';

/** The most unused columns that are kept for reuse. */
const SPARE_COLUMNS = 1024;

export class TargetTally {
  readonly #cells: Float64Array;
  readonly #clock: ColumnClock;
  readonly #pool: ColumnPool;
  /** Oldest first. */
  readonly #columns: OpenColumn[] = [];

  /** @param cells  the target's row, filled with zeros */
  constructor(cells: Float64Array, clock: ColumnClock, pool: ColumnPool) {
    this.#cells = cells;
    this.#clock = clock;
    this.#pool = pool;
  }

  get columns(): readonly OpenColumn[] {
    return this.#columns;
  }

  /** Counts something that arrives, or a slot that is left out, now. */
  count(name: CountName, times = 1): void {
    this.#add(this.current(), name, times);
  }

  /** Counts the outcome of a probe that was sent at that time. */
  countSentAt(sentNs: number, name: CountName): void {
    this.#add(this.#columnAt(sentNs), name, 1);
  }

  /** Counts a reply in time. */
  receive(sentNs: number, rttNs: number, arrivedNs: number): void {
    const column = this.#columnAt(sentNs);
    this.#add(column, 'received', 1);
    column.addRtt(rttNs);
    addRtt(this.#cells, rttNs, this.#clock.wallMsAt(arrivedNs));
  }

  /** The column of the present. */
  current(): OpenColumn {
    const { current } = this.#clock;
    const last = this.#columns.at(-1);
    if (last?.span === current) return last;
    const column = this.#pool.take(current);
    this.#columns.push(column);
    return column;
  }

  /** Drops the oldest column once it is reported. */
  dropOldest(): void {
    this.#pool.give(this.#columns.shift()!, SPARE_COLUMNS);
  }

  #add(column: OpenColumn, name: CountName, times: number): void {
    const place = COUNT_PLACE[name];
    this.#cells[place]! += times;
    column.counts[place]! += times;
  }

  #columnAt(sentNs: number): OpenColumn {
    const current = this.current();
    if (sentNs >= current.span.startNs) return current;
    let place = this.#columns.length - 2;
    while (place > 0 && sentNs < this.#columns[place]!.span.startNs) place--;
    return this.#columns[Math.max(0, place)]!;
  }
}
