// SPDX-License-Identifier: MIT
// The latest columns of a target, summed as they come and go: a column costs the same however long the window is.

import type { WatchColumn } from '../column.ts';
import { COUNT_NAMES, noCounts, type Counts } from '../counts.ts';
import { decodeRttRows, type RttRows } from '../rtt-rows.ts';

export class SlidingWindow {
  readonly lengthMs: number;
  readonly counts: Counts = noCounts();
  /** Round-trip times by row. */
  readonly rows = new Map<number, number>();
  /** Datagrams that this host dropped meanwhile, as far as the system tells. */
  hostDropped = 0;
  readonly #columns: WatchColumn[] = [];

  constructor(lengthMs: number) {
    this.lengthMs = lengthMs;
  }

  /** The next column; one that is not later than the latest came after the clock was set back, and begins anew. */
  add(column: WatchColumn): void {
    const latest = this.#columns.at(-1);
    const beginMs = column.startMs + column.widthMs - this.lengthMs;
    const isNext = latest !== undefined && column.startMs > latest.startMs;
    const kept = isNext ? this.#columns.findIndex(({ startMs }) => startMs >= beginMs) : -1;
    const gone = this.#columns.splice(0, kept < 0 ? this.#columns.length : kept);
    for (const old of gone) this.#count(old, -1);
    this.#columns.push(column);
    this.#count(column, 1);
  }

  #count(column: WatchColumn, sign: 1 | -1): void {
    for (const name of COUNT_NAMES) this.counts[name] += sign * column.counts[name];
    this.hostDropped += sign * (column.hostDropped ?? 0);
    const rows: RttRows = decodeRttRows(column.rttRows) ?? new Map<number, number>();
    for (const [row, count] of rows) {
      const sum = (this.rows.get(row) ?? 0) + sign * count;
      if (sum === 0) this.rows.delete(row);
      else this.rows.set(row, sum);
    }
  }
}
