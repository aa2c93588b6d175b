// SPDX-License-Identifier: MIT
// Reads a history file from beginning to end, some columns at a time, even while a watch writes it.

import { createError } from '../../errors.ts';
import type { WatchColumn } from '../column.ts';
import { HISTORY_TIERS } from './history.ts';
import { HistoryRefused, HistoryTooNew, openForReading } from './open-database.ts';
import type { SeriesName } from './series-table.ts';
import { loadSqlite, type Database } from './sqlite.ts';
import { Store } from './store.ts';

/** Columns that are read at a time. */
const WINDOW_COLUMNS = 1_000;

export interface ExportOptions {
  /** The width of one of `HISTORY_TIERS`. */
  readonly widthMs: number;
  /** Default: everything. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Names of targets. Default: all. */
  readonly targets?: readonly string[] | undefined;
}

/** Some columns of one target, by time. */
export interface ExportedColumns {
  readonly series: SeriesName;
  readonly columns: readonly WatchColumn[];
}

/**
 * Ordered by the targets' keys, then by time. Columns of an interval that is not over are not final.
 *
 * @throws OptionError if the file is not a history
 */
export async function* exportHistory(
  path: string,
  options: ExportOptions,
): AsyncGenerator<ExportedColumns> {
  const database = await openExported(path);
  try {
    const store = new Store(database);
    for (const series of chosenSeries(store, options.targets)) {
      for (const columns of columnsOf(store, series.key, options)) yield { series, columns };
    }
  } finally {
    database.close();
  }
}

async function openExported(path: string): Promise<Database> {
  const sqlite = await loadSqlite();
  if (typeof sqlite === 'string') throw refused(path, `readable here: ${sqlite}`);
  try {
    return openForReading(sqlite, path);
  } catch (error) {
    if (error instanceof HistoryRefused) throw refused(path, error.rule, error);
    if (error instanceof HistoryTooNew) {
      throw refused(path, `one that this version can read: ${error.message}`, error);
    }
    throw error;
  }
}

function refused(path: string, rule: string, cause?: unknown): Error {
  const data = { option: 'the history file', rule, value: path };
  return createError('ECHOGRAM_ERR_OPTION_VALUE', data, cause);
}

/** @throws OptionError for a name that the file does not have */
function chosenSeries(store: Store, names: readonly string[] | undefined): readonly SeriesName[] {
  const all = [...store.series.names()].sort((a, b) => (a.key < b.key ? -1 : 1));
  if (names === undefined) return all;
  const missing = names.find((wanted) => !all.some(({ name }) => name === wanted));
  if (missing === undefined) return all.filter(({ name }) => names.includes(name));
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: '--target',
    rule: 'the name of a target in the file',
    value: missing,
    remedy: `its targets are ${all.map(({ name }) => name).join(', ')}`.slice(0, 500),
  });
}

function* columnsOf(store: Store, key: string, options: ExportOptions): Generator<WatchColumn[]> {
  const tier = HISTORY_TIERS.findIndex(({ widthMs }) => widthMs === options.widthMs);
  const widthS = options.widthMs / 1000;
  const id = store.series.find(key)!;
  const span = store.spanOf(id);
  if (span === undefined) return;
  const { fromMs = span.firstMs, toMs = Infinity } = options;
  const startS = Math.floor(Math.max(fromMs, span.firstMs) / options.widthMs) * widthS;
  const endS = Math.min(toMs, span.lastMs + 1) / 1000;
  for (let atS = startS; atS < endS; atS += WINDOW_COLUMNS * widthS) {
    const columns = store.snapshot(() =>
      store.tiers.columns(tier, id, key, atS, Math.min(endS, atS + WINDOW_COLUMNS * widthS)),
    );
    if (columns.length > 0) yield columns;
  }
}
