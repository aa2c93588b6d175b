// SPDX-License-Identifier: MIT
// Writes data in batches. A batch that fails, as on a full disk, waits for the next attempt; if too much waits, the
// oldest data is discarded.

import type { WatchColumn } from '../column.ts';
import type { WatchEvent } from '../watch-event.ts';
import { sqliteCodeOf } from './sqlite.ts';
import type { SeriesName } from './series-table.ts';
import type { Store } from './store.ts';

/** Maximum waiting columns and events: about 20 MB, or three minutes of a thousand targets. */
const MOST_WAITING = 20_000;

/** BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN: the same batch may succeed later. */
const PASSING: ReadonlySet<number | undefined> = new Set([5, 6, 7, 8, 10, 13, 14]);

export class HistoryWriter {
  readonly #store: Store;
  #columns: WatchColumn[] = [];
  #events: WatchEvent[] = [];
  #names: readonly SeriesName[] | undefined;
  writeFailures = 0;
  recordsLost = 0;
  lastError: string | null = null;

  constructor(store: Store) {
    this.#store = store;
  }

  get isWaiting(): boolean {
    return this.#columns.length + this.#events.length > 0 || this.#names !== undefined;
  }

  takeColumns(columns: readonly WatchColumn[]): void {
    for (const column of columns) this.#columns.push(column);
    this.#giveUpSome();
  }

  takeEvent(event: WatchEvent): void {
    this.#events.push(event);
    this.#giveUpSome();
  }

  takeTargets(names: readonly SeriesName[]): void {
    this.#names = names;
  }

  #giveUpSome(): void {
    for (const waiting of [this.#columns, this.#events]) {
      const excess = waiting.length - MOST_WAITING;
      if (excess <= 0) continue;
      waiting.splice(0, excess);
      this.recordsLost += excess;
    }
  }

  /** Never throws. */
  write(): void {
    try {
      this.#store.inTransaction(() => {
        for (const name of this.#names ?? []) this.#store.nameSeries(name);
        for (const column of this.#columns) this.#store.addColumn(column);
        for (const event of this.#events) this.#store.addEvent(event);
      });
      this.#clear();
      this.lastError = null;
    } catch (error) {
      this.fail(error);
      // It would fail every time.
      if (PASSING.has(sqliteCodeOf(error))) return;
      this.recordsLost += this.#columns.length + this.#events.length;
      this.#clear();
    }
  }

  /** Counts a failure of this or another write. */
  fail(error: unknown): void {
    this.writeFailures++;
    this.lastError = (error as Error).message;
  }

  #clear(): void {
    this.#columns = [];
    this.#events = [];
    this.#names = undefined;
  }
}
