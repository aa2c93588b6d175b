// SPDX-License-Identifier: MIT
// Keeps the file within its limits of age and size, some rows at a time, so that writing never waits long. If the file
// is too large, every tier keeps its rows for a shorter time, by the same factor: the tier that reaches back furthest
// in proportion to its limit is shortened first.

import { logLimitOf, pragma } from './open-database.ts';
import type { Store } from './store.ts';

/** Rows in one transaction. */
const SLICE_ROWS = 1_000;

/** Pages returned to the system after a slice, if the file is too large. */
const SLICE_PAGES = 500;

/** The time between two passes for age alone. */
const PASS_EVERY_MS = 600_000;

/** The safety margin of a pass below the size limit, so that there is not a pass every minute. */
const MARGIN = 0.98;

/** Deletes at most that many rows. @returns how many */
type Task = (most: number) => number;

export class Pruner {
  readonly #store: Store;
  readonly #limitBytes: number;
  #tasks: Task[] = [];
  #lastPassMs = -Infinity;
  /** The factor by which the latest shortening pass reduced the times of the tiers. */
  #lastScale = 1;
  #hasDeleted = true;

  /** @param maxBytes  of the file and its log */
  constructor(store: Store, maxBytes: number) {
    this.#store = store;
    // One transaction may make the log longer than the limit to which it is truncated.
    this.#limitBytes = maxBytes - 2 * logLimitOf(maxBytes);
  }

  /** @returns true if slices must be run */
  begin(nowMs: number): boolean {
    if (this.#tasks.length > 0) return true;
    const isTooLarge = this.#usedBytes() > this.#limitBytes;
    const isTime = Math.abs(nowMs - this.#lastPassMs) >= PASS_EVERY_MS;
    if (!isTooLarge && !isTime) return false;
    this.#lastPassMs = nowMs;
    this.#tasks = this.#pass(nowMs, isTooLarge ? this.#shorter(nowMs) : 1);
    this.#hasDeleted = false;
    return true;
  }

  /** Deletes some rows. @returns true if there are more; @throws SQLite's error, and continues with the next call */
  slice(): boolean {
    let budget = SLICE_ROWS;
    this.#store.inTransaction(() => {
      while (budget > 0 && this.#tasks.length > 0) {
        const deleted = this.#tasks.at(-1)!(budget);
        if (deleted > 0) this.#hasDeleted = true;
        if (deleted < budget) this.#tasks.pop();
        // Looking costs time too.
        budget -= deleted + 1;
      }
    });
    if (this.#fileBytes() > this.#limitBytes) {
      this.#store.database.exec(`PRAGMA incremental_vacuum(${SLICE_PAGES})`);
    }
    return this.#tasks.length > 0;
  }

  #pass(nowMs: number, scale: number): Task[] {
    const { tiers, series, eventTable } = this.#store;
    const nowS = nowMs / 1000;
    const rows = tiers.tables.flatMap(({ keepS }, tier) =>
      series.ids.map(
        (id): Task =>
          (most) => tiers.prune(tier, id, nowS - keepS * scale, most), // prettier-ignore
      ),
    );
    const oldestEventMs = nowMs - tiers.tables.at(-1)!.keepS * scale * 1000;
    const others: Task[] = [
      (most) => eventTable.prune(oldestEventMs, most),
      ...series.ids.map(
        (id): Task =>
          () =>
            this.#pruneSeries(id),
      ),
    ];
    // The last is run first.
    return [...others.reverse(), ...rows.reverse()];
  }

  /** Deletes a target without any rows. */
  #pruneSeries(id: number): number {
    const { tiers, series, eventTable } = this.#store;
    if (tiers.tables.some((table) => table.oldestOf(id) !== undefined)) return 0;
    if (eventTable.hasAny(id) || this.#store.isWatched(id)) return 0;
    series.delete(id);
    return 1;
  }

  #shorter(nowMs: number): number {
    const nowS = nowMs / 1000;
    const reach = this.#store.tiers.tables.map(({ keepS }, tier) => {
      const oldestMs = this.#store.oldestStoredMs(tier);
      return oldestMs === null ? 0 : (nowS - oldestMs / 1000) / keepS;
    });
    const furthest = Math.min(1, Math.max(0, ...reach));
    // Rows that are in no wider tier yet stay, so the others must be shortened further.
    this.#lastScale = MARGIN * (this.#hasDeleted ? furthest : this.#lastScale);
    return this.#lastScale;
  }

  #usedBytes(): number {
    const { database } = this.#store;
    return this.#fileBytes() - pragma(database, 'freelist_count') * pragma(database, 'page_size');
  }

  #fileBytes(): number {
    const { database } = this.#store;
    return pragma(database, 'page_count') * pragma(database, 'page_size');
  }
}
