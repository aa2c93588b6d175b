// SPDX-License-Identifier: MIT
// The whole history in an open file: writing, queries and deletion. Every call is synchronous, for the thread that owns
// the file.

import type { WatchColumn } from '../column.ts';
import type { WatchEvent } from '../watch-event.ts';
import { chooseTier, type TierHoldings } from './choose-tier.ts';
import { EventTable } from './event-table.ts';
import type { ColumnAnswer, ColumnQuery, EventQuery, HistorySeries } from './history.ts';
import { joinColumns } from './join-columns.ts';
import { SeriesTable, type SeriesName } from './series-table.ts';
import type { Database } from './sqlite.ts';
import { Tiers } from './tiers.ts';

export class Store {
  readonly database: Database;
  readonly series: SeriesTable;
  readonly tiers: Tiers;
  readonly eventTable: EventTable;
  #watched: ReadonlySet<string> = new Set();

  constructor(database: Database) {
    this.database = database;
    this.series = new SeriesTable(database);
    this.tiers = new Tiers(database, this.series.ids);
    this.eventTable = new EventTable(database);
  }

  /** Runs `write` in a transaction. @throws SQLite's error, with everything unchanged */
  inTransaction(write: () => void): void {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      write();
      this.database.exec('COMMIT');
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** Reads a consistent state of the file, even if another program writes it. */
  snapshot<Value>(read: () => Value): Value {
    this.database.exec('BEGIN');
    try {
      this.tiers.reload([]);
      return read();
    } finally {
      this.database.exec('COMMIT');
    }
  }

  #rollBack(): void {
    try {
      this.database.exec('ROLLBACK');
    } catch {
      // SQLite has already rolled back, as it does when the disk is full.
    }
    this.series.reload();
    this.tiers.reload(this.series.ids);
  }

  addColumn(column: WatchColumn): void {
    this.tiers.add(this.series.idOf(column.key), column);
  }

  addEvent(event: WatchEvent): void {
    this.eventTable.add(event, event.key === null ? null : this.series.idOf(event.key));
  }

  /** Sets the current targets, which are stored even before they have data. */
  watch(names: readonly SeriesName[]): void {
    this.#watched = new Set(names.map(({ key }) => key));
  }

  isWatched(id: number): boolean {
    return this.#watched.has(this.series.keyOf(id));
  }

  nameSeries(name: SeriesName): void {
    this.series.rename(name);
  }

  /** Merges the intervals that are over. */
  merge(nowMs: number): void {
    const nowS = nowMs / 1000;
    if (!this.tiers.isDue(nowS)) return;
    this.inTransaction(() => {
      this.tiers.merge(nowS, (id) => this.series.keyOf(id));
    });
  }

  columns(query: ColumnQuery): ColumnAnswer {
    const ids = this.#idsOf(query.keys);
    const choice = chooseTier(this.#holdings(ids), query, ids.length);
    const tierWidthS = this.tiers.tables[choice.tier]!.widthS;
    const fromS = (Math.floor(query.fromMs / choice.widthMs) * choice.widthMs) / 1000;
    const toS = query.toMs / 1000;
    const columns = ids.flatMap((id) => {
      const found = this.tiers.columns(choice.tier, id, this.series.keyOf(id), fromS, toS);
      return choice.widthMs === tierWidthS * 1000 ? found : joinColumns(found, choice.widthMs);
    });
    return { widthMs: choice.widthMs, columns };
  }

  #idsOf(keys: readonly string[] | undefined): readonly number[] {
    const wanted = keys === undefined ? this.series.keys : [...new Set(keys)].sort();
    return wanted.flatMap((key) => this.series.find(key) ?? []);
  }

  #holdings(ids: readonly number[]): TierHoldings[] {
    return this.tiers.tables.map(({ widthS }, tier) => ({
      widthMs: widthS * 1000,
      oldestMs: this.#oldestMs(tier, ids),
    }));
  }

  #oldestMs(tier: number, ids: readonly number[]): number | null {
    const oldest = ids.flatMap((id) => this.tiers.oldestOf(tier, id) ?? []);
    return oldest.length === 0 ? null : oldest.reduce((a, b) => Math.min(a, b)) * 1000;
  }

  /** Start of the oldest row of a tier; `null` without any. */
  oldestStoredMs(tier: number): number | null {
    const table = this.tiers.tables[tier]!;
    const oldest = this.series.ids.flatMap((id) => table.oldestOf(id) ?? []);
    return oldest.length === 0 ? null : oldest.reduce((a, b) => Math.min(a, b)) * 1000;
  }

  /** Start of the oldest column of all; `null` without any. */
  get oldestMs(): number | null {
    const { ids } = this.series;
    const all = this.tiers.tables.flatMap((_table, tier) => this.#oldestMs(tier, ids) ?? []);
    return all.length === 0 ? null : Math.min(...all);
  }

  events(query: EventQuery): WatchEvent[] {
    if (query.key === undefined) return this.eventTable.events(query, undefined);
    return this.eventTable.events(query, this.series.find(query.key) ?? null);
  }

  seriesList(): HistorySeries[] {
    return [...this.series.names()].flatMap((name) => {
      const span = this.spanOf(this.series.find(name.key)!);
      return span === undefined ? [] : [{ ...name, ...span }];
    });
  }

  /** Starts of the first and of the latest column; `undefined` without any. */
  spanOf(id: number): Pick<HistorySeries, 'firstMs' | 'lastMs'> | undefined {
    const { tables } = this.tiers;
    const first = tables.flatMap((table) => table.oldestOf(id) ?? []);
    const last = tables.flatMap((table) => table.newestOf(id) ?? []);
    if (first.length === 0) return undefined;
    return { firstMs: Math.min(...first) * 1000, lastMs: Math.max(...last) * 1000 };
  }
}
