// SPDX-License-Identifier: MIT
// The tables of the file. docs/history.md explains them to people who query it.

import { HISTORY_TIERS } from './history.ts';

/** `PRAGMA application_id`: "Echo", by which file(1) and this program recognize the file. */
export const APPLICATION_ID = 0x4563686f;

/** `PRAGMA user_version`. A file with a higher one was written by a later version. */
export const SCHEMA_VERSION = 1;

/** A tier as in the file, with whole seconds. */
export interface TierTable {
  readonly name: string;
  readonly widthS: number;
  readonly keepS: number;
}

export const TIER_TABLES: readonly TierTable[] = HISTORY_TIERS.map(({ widthMs, keepMs }) => ({
  name: `col${widthMs / 1000}`,
  widthS: widthMs / 1000,
  keepS: keepMs / 1000,
}));

/** Must come before the first table, and before the change to a write-ahead log. */
export const FIRST_PRAGMAS = `
PRAGMA page_size = 4096;
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA application_id = ${APPLICATION_ID};
`;

/** Small integers, including zero, and NULL cost one byte per field in SQLite's records. */
function columnTable(name: string): string {
  return `
CREATE TABLE ${name} (
  series INTEGER NOT NULL REFERENCES series,
  t INTEGER NOT NULL,
  received INTEGER NOT NULL,
  late INTEGER NOT NULL,
  lost INTEGER NOT NULL,
  lost_forward INTEGER NOT NULL,
  lost_backward INTEGER NOT NULL,
  duplicate INTEGER NOT NULL,
  corrupted INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  host_dropped INTEGER,
  min_ns INTEGER,
  max_ns INTEGER,
  sum_ns INTEGER,
  other TEXT,
  hist BLOB,
  sent INTEGER GENERATED ALWAYS AS (received + late + lost) VIRTUAL,
  PRIMARY KEY (series, t)
) STRICT, WITHOUT ROWID;`;
}

export const SCHEMA = `
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  probe TEXT NOT NULL,
  labels TEXT NOT NULL
) STRICT;
${TIER_TABLES.map(({ name }) => columnTable(name)).join('')}
CREATE TABLE tiers (
  width_s INTEGER PRIMARY KEY,
  merged_until INTEGER NOT NULL
) STRICT;
${TIER_TABLES.map(({ widthS }) => `INSERT INTO tiers VALUES (${widthS}, 0);`).join('\n')}
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  series INTEGER REFERENCES series,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_time ON events (at_ms);
CREATE INDEX events_by_series ON events (series, at_ms);
PRAGMA user_version = ${SCHEMA_VERSION};
`;
