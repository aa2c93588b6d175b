// SPDX-License-Identifier: MIT
// The targets that were ever watched, with their numbers.

import type { WatchTarget } from '../target.ts';
import type { Database, SqlRow, Statement } from './sqlite.ts';

/** What is stored about a target. */
export interface SeriesName {
  readonly key: string;
  readonly name: string;
  readonly probe: string;
  readonly labels: Readonly<Record<string, string>>;
}

export function seriesNameOf({ key, name, labels, probe }: WatchTarget): SeriesName {
  return { key, name, probe: probe.name, labels };
}

export class SeriesTable {
  readonly #all: Statement;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #delete: Statement;
  readonly #idOf = new Map<string, number>();
  readonly #keyOf = new Map<number, string>();

  constructor(database: Database) {
    this.#all = database.prepare('SELECT id, key, name, probe, labels FROM series');
    this.#insert = database.prepare(
      "INSERT INTO series (key, name, probe, labels) VALUES (?, ?, '', '{}') RETURNING id",
    );
    this.#update = database.prepare(
      'UPDATE series SET name = ?, probe = ?, labels = ? WHERE id = ? AND (name, probe, labels) IS NOT (?, ?, ?)',
    );
    this.#delete = database.prepare('DELETE FROM series WHERE id = ?');
    this.reload();
  }

  /** Restores the state from the file after a failed transaction. */
  reload(): void {
    this.#idOf.clear();
    this.#keyOf.clear();
    for (const row of this.#all.all()) this.#learn(Number(row['id']), String(row['key']));
  }

  #learn(id: number, key: string): void {
    this.#idOf.set(key, id);
    this.#keyOf.set(id, key);
  }

  get ids(): readonly number[] {
    return [...this.#keyOf.keys()];
  }

  /** In their order. */
  get keys(): readonly string[] {
    return [...this.#idOf.keys()].sort();
  }

  find(key: string): number | undefined {
    return this.#idOf.get(key);
  }

  keyOf(id: number): string {
    return this.#keyOf.get(id) ?? '';
  }

  /** The number of a target, which is created if need be. */
  idOf(key: string): number {
    const known = this.#idOf.get(key);
    if (known !== undefined) return known;
    const id = Number(this.#insert.get(key, key)!['id']);
    this.#learn(id, key);
    return id;
  }

  rename({ key, name, probe, labels }: SeriesName): void {
    const values = [name, probe, JSON.stringify(labels)] as const;
    this.#update.run(...values, this.idOf(key), ...values);
  }

  delete(id: number): void {
    this.#delete.run(id);
    this.#idOf.delete(this.keyOf(id));
    this.#keyOf.delete(id);
  }

  *names(): Generator<SeriesName> {
    for (const row of this.#all.all()) yield nameOfRow(row);
  }
}

export function nameOfRow(row: SqlRow): SeriesName {
  return {
    key: String(row['key']),
    name: String(row['name']),
    probe: String(row['probe']),
    labels: JSON.parse(String(row['labels'])) as Record<string, string>,
  };
}
