// SPDX-License-Identifier: MIT
// The tiers of a file. A column enters the narrowest tier; a wider interval is merged from the narrower tier once it is
// over. `merged until` of a tier divides time for all targets: before it, each column of the narrower tier is included;
// from it on, none is. So a column is never lost and never counted twice, in whatever order columns arrive: a column
// that arrives late, or after the clock was set back, is added at once to each tier that is already merged beyond it.

import type { WatchColumn } from '../column.ts';
import { ColumnTable } from './column-table.ts';
import { joinColumns } from './join-columns.ts';
import { TIER_TABLES } from './schema.ts';
import type { Database, Statement } from './sqlite.ts';

/** How long after the end of an interval most of its columns have arrived. */
const SETTLED_S = 60;

export class Tiers {
  readonly tables: readonly ColumnTable[];
  readonly #readMerged: Statement;
  readonly #writeMerged: Statement;
  /** For each tier: rows of the narrower tier before this time, in seconds since 1970, are included. */
  #mergedUntil: number[] = [];
  /** For each tier: series that may have narrower rows that are not included yet, and the time of the latest. */
  #unmerged: readonly Map<number, number>[] = [];

  /** @param series  all that may have rows */
  constructor(database: Database, series: readonly number[]) {
    this.tables = TIER_TABLES.map((table) => new ColumnTable(database, table));
    this.#readMerged = database.prepare('SELECT merged_until FROM tiers ORDER BY width_s');
    this.#writeMerged = database.prepare('UPDATE tiers SET merged_until = ? WHERE width_s = ?');
    this.reload(series);
  }

  /** Restores the state from the file after a failed transaction. */
  reload(series: readonly number[]): void {
    this.#mergedUntil = this.#readMerged.all().map((row) => Number(row['merged_until']));
    this.#unmerged = this.tables.map((_table, tier) => {
      const narrower = this.tables[tier - 1];
      return new Map(
        narrower === undefined ? [] : series.map((id) => [id, narrower.newestOf(id) ?? 0]),
      );
    });
  }

  add(series: number, column: WatchColumn): void {
    const startS = column.startMs / 1000;
    for (const [tier, table] of this.tables.entries()) {
      if (tier > 0 && startS >= this.#mergedUntil[tier]!) {
        this.#note(tier, series, table.startOf(startS));
        return;
      }
      table.add(series, column);
    }
  }

  #note(tier: number, series: number, startS: number): void {
    const unmerged = this.#unmerged[tier]!;
    unmerged.set(series, Math.max(unmerged.get(series) ?? 0, startS));
  }

  /** @returns true if a wider interval may be over */
  isDue(nowS: number): boolean {
    return this.#dueUntil(1, nowS) > this.#mergedUntil[1]!;
  }

  /** Merges the intervals that are over. Call it inside one transaction. */
  merge(nowS: number, keyOf: (series: number) => string): void {
    for (let tier = 1; tier < this.tables.length; tier++) {
      const untilS = this.#dueUntil(tier, nowS);
      if (untilS > this.#mergedUntil[tier]!) this.#mergeInto(tier, untilS, keyOf);
    }
  }

  #dueUntil(tier: number, nowS: number): number {
    const known = tier === 1 ? nowS - SETTLED_S : this.#mergedUntil[tier - 1]!;
    return this.tables[tier]!.startOf(known);
  }

  #mergeInto(tier: number, untilS: number, keyOf: (series: number) => string): void {
    const table = this.tables[tier]!;
    const unmerged = this.#unmerged[tier]!;
    for (const [series, latestS] of unmerged) {
      const narrow = this.tables[tier - 1]!.columns(
        series,
        keyOf(series),
        this.#mergedUntil[tier]!,
        untilS,
      );
      for (const column of joinColumns(narrow, table.widthS * 1000)) {
        table.add(series, column);
        if (tier + 1 < this.tables.length) this.#note(tier + 1, series, column.startMs / 1000);
      }
      if (latestS < untilS) unmerged.delete(series);
    }
    this.#mergedUntil[tier] = untilS;
    this.#writeMerged.run(untilS, table.widthS);
  }

  /**
   * Columns of a tier that begin in a period, by time; those that are not merged yet are joined here, and are not
   * final.
   */
  columns(tier: number, series: number, key: string, fromS: number, toS: number): WatchColumn[] {
    const table = this.tables[tier]!;
    const merged = table.columns(series, key, fromS, toS);
    if (tier === 0) return merged;
    const restS = Math.max(fromS, this.#mergedUntil[tier]!);
    if (restS >= toS) return merged;
    const rest = this.columns(tier - 1, series, key, restS, toS);
    const open = joinColumns(rest, table.widthS * 1000);
    return [...merged, ...open.map((column) => ({ ...column, isFinal: false }))];
  }

  /** The start of the oldest column of a tier; `undefined` without any. */
  oldestOf(tier: number, series: number): number | undefined {
    for (let index = tier; index >= 0; index--) {
      const oldest = this.tables[index]!.oldestOf(series);
      if (oldest !== undefined) return this.tables[tier]!.startOf(oldest);
    }
    return undefined;
  }

  /** Deletes a tier's rows before a time, as far as they are included in the next tier. @returns how many */
  prune(tier: number, series: number, beforeS: number, most: number): number {
    const safeS = this.#mergedUntil[tier + 1] ?? Infinity;
    return this.tables[tier]!.prune(series, Math.min(beforeS, safeS), most);
  }
}
