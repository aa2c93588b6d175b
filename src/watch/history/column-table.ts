// SPDX-License-Identifier: MIT
// The columns of one width in the file. A second column for the same interval, as after a restart in the middle of it
// or when the clock was set back, has other probes: it is added to the existing one.

import { mergeColumns, type WatchColumn } from '../column.ts';
import { columnOfRow, ROW_FIELDS, rowOfColumn } from './column-row.ts';
import type { TierTable } from './schema.ts';
import { inArrays, type Database, type Statement } from './sqlite.ts';

export class ColumnTable {
  readonly widthS: number;
  readonly keepS: number;
  readonly #insert: Statement;
  readonly #replace: Statement;
  readonly #one: ReturnType<typeof inArrays>;
  readonly #range: ReturnType<typeof inArrays>;
  readonly #oldest: Statement;
  readonly #newest: Statement;
  readonly #prune: Statement;

  constructor(database: Database, { name, widthS, keepS }: TierTable) {
    this.widthS = widthS;
    this.keepS = keepS;
    const fields = ROW_FIELDS.join(', ');
    const values = `(series, ${fields}) VALUES (?, ${ROW_FIELDS.map(() => '?').join(', ')})`;
    const where = 'WHERE series = ? AND';
    this.#insert = database.prepare(`INSERT OR IGNORE INTO ${name} ${values}`);
    this.#replace = database.prepare(`INSERT OR REPLACE INTO ${name} ${values}`);
    this.#one = inArrays(database.prepare(`SELECT ${fields} FROM ${name} ${where} t = ?`));
    this.#range = inArrays(
      database.prepare(`SELECT ${fields} FROM ${name} ${where} t >= ? AND t < ? ORDER BY t`),
    );
    const end = (order: string): string =>
      `SELECT t FROM ${name} WHERE series = ? ORDER BY t ${order} LIMIT 1`;
    this.#oldest = database.prepare(end('ASC'));
    this.#newest = database.prepare(end('DESC'));
    this.#prune = database.prepare(
      `DELETE FROM ${name} ${where} t IN (SELECT t FROM ${name} ${where} t < ? ORDER BY t LIMIT ?)`,
    );
  }

  /** Adds a column to the interval of this width that contains its start. */
  add(series: number, column: WatchColumn): void {
    const startS = this.startOf(column.startMs / 1000);
    const { changes } = this.#insert.run(series, ...rowOfColumn(column, startS));
    if (Number(changes) > 0) return;
    const there = columnOfRow(column.key, this.widthS, this.#one(series, startS)[0]!);
    const both = mergeColumns([there, column], startS * 1000, this.widthS * 1000);
    this.#replace.run(series, ...rowOfColumn(both, startS));
  }

  startOf(seconds: number): number {
    return Math.floor(seconds / this.widthS) * this.widthS;
  }

  /** Those with `fromS ≤ start < toS`. */
  columns(series: number, key: string, fromS: number, toS: number): WatchColumn[] {
    return this.#range(series, fromS, toS).map((row) => columnOfRow(key, this.widthS, row));
  }

  oldestOf(series: number): number | undefined {
    return this.#oldest.get(series)?.['t'] as number | undefined;
  }

  newestOf(series: number): number | undefined {
    return this.#newest.get(series)?.['t'] as number | undefined;
  }

  /** Deletes rows before `beforeS`, the oldest first. @returns how many */
  prune(series: number, beforeS: number, most: number): number {
    return Number(this.#prune.run(series, series, beforeS, most).changes);
  }
}
