// SPDX-License-Identifier: MIT
// Chooses the history of a watch: a file if there is a path and SQLite, otherwise memory.

import { MemoryHistory } from './memory-history.ts';
import type { History } from './history.ts';
import { SqliteHistory } from './sqlite-history.ts';

/** The default size limit of a file: a year of a hundred targets. */
const DEFAULT_MAX_BYTES = 2 * 1024 ** 3;

export interface HistoryOptions {
  /** Without one, the history is kept in memory. */
  readonly path?: string | undefined;
  /** Maximum size of the file with its log. Default: 2 GiB. */
  readonly maxBytes?: number | undefined;
  /** The time in milliseconds since 1970, by which old columns are deleted. Default: the wall clock. */
  readonly now?: (() => number) | undefined;
}

/** @throws OptionError if the file can't be used, or another watch writes it */
export async function openHistory(options: HistoryOptions): Promise<History> {
  const { path, maxBytes = DEFAULT_MAX_BYTES, now = Date.now } = options;
  if (path === undefined) return new MemoryHistory(null);
  const opened = await SqliteHistory.open({ path, maxBytes, now });
  if (typeof opened !== 'string') return opened;
  return new MemoryHistory(`history stays in memory: ${opened}`);
}
