// SPDX-License-Identifier: MIT
// Events in the file, limited in number, because a fault can cause many of them.

import type { WatchEvent, WatchEventKind } from '../watch-event.ts';
import type { EventQuery } from './history.ts';
import type { Database, SqlRow, SqlValue, Statement } from './sqlite.ts';

/** About 20 MB. */
const MOST_EVENTS = 200_000;

const FIELDS =
  'SELECT at_ms, key, kind, detail FROM events LEFT JOIN series ON series.id = events.series';

export class EventTable {
  readonly #insert: Statement;
  readonly #all: Statement;
  readonly #ofOne: Statement;
  readonly #prune: Statement;
  readonly #pruneMany: Statement;
  readonly #bySeries: Statement;

  constructor(database: Database) {
    this.#insert = database.prepare(
      'INSERT INTO events (at_ms, series, kind, detail) VALUES (?, ?, ?, ?)',
    );
    const span =
      'at_ms >= ? AND at_ms < ? AND (? IS NULL OR kind IN (SELECT value FROM json_each(?)))';
    const latest = 'ORDER BY at_ms DESC, events.id DESC LIMIT ?';
    this.#all = database.prepare(`${FIELDS} WHERE ${span} ${latest}`);
    this.#ofOne = database.prepare(
      `${FIELDS} WHERE ${span} AND (series = ? OR series IS NULL) ${latest}`,
    );
    this.#prune = database.prepare(
      'DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at_ms < ? ORDER BY at_ms LIMIT ?)',
    );
    this.#pruneMany = database.prepare(
      `DELETE FROM events WHERE id IN (SELECT id FROM events WHERE id <= (SELECT max(id) FROM events) - ${MOST_EVENTS} ORDER BY id LIMIT ?)`,
    );
    this.#bySeries = database.prepare('SELECT 1 FROM events WHERE series = ? LIMIT 1');
  }

  add({ atMs, kind, detail }: WatchEvent, series: number | null): void {
    this.#insert.run(Math.round(atMs), series, kind, detail);
  }

  /** @param series  `undefined` for all; `null` for those of the watch as a whole */
  events(
    { fromMs, toMs, most, kinds }: EventQuery,
    series: number | null | undefined,
  ): WatchEvent[] {
    const chosen = kinds === undefined ? null : JSON.stringify(kinds);
    const span: SqlValue[] = [Math.floor(fromMs), Math.ceil(toMs), chosen, chosen];
    const rows =
      series === undefined ? this.#all.all(...span, most) : this.#ofOne.all(...span, series, most);
    return rows.reverse().map(eventOfRow);
  }

  hasAny(series: number): boolean {
    return this.#bySeries.get(series) !== undefined;
  }

  /** Deletes events before a time, and the oldest ones above the limit. @returns how many */
  prune(beforeMs: number, most: number): number {
    const old = Number(this.#prune.run(Math.floor(beforeMs), most).changes);
    return old + Number(this.#pruneMany.run(most - old).changes);
  }
}

function eventOfRow(row: SqlRow): WatchEvent {
  const { at_ms: atMs, key, kind, detail } = row;
  return {
    atMs: Number(atMs),
    key: key === null ? null : String(key),
    kind: String(kind) as WatchEventKind,
    detail: String(detail),
  };
}
