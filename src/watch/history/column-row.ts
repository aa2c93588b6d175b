// SPDX-License-Identifier: MIT
// Converts a column of a target to a row of the file, and back. Counts that are rarely anything but zero share one
// field, as JSON, so that a row stays short.

import type { WatchColumn } from '../column.ts';
import { COUNT_NAMES, noCounts, type CountName, type Counts } from '../counts.ts';
import { NO_ROWS } from '../rtt-rows.ts';
import type { SqlValue } from './sqlite.ts';

/** The name of a count in the file and in an export. */
export function sqlNameOf(name: CountName): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The counts with their own field in the file. */
export const OWN_COUNTS = [
  'received',
  'late',
  'lost',
  'lostForward',
  'lostBackward',
  'duplicate',
  'corrupted',
  'skipped',
] as const satisfies readonly CountName[];

const OTHER_COUNTS: readonly CountName[] = COUNT_NAMES.filter(
  (name) => !(OWN_COUNTS as readonly CountName[]).includes(name),
);

const NAME_OF: ReadonlyMap<string, CountName> = new Map(
  COUNT_NAMES.map((name) => [sqlNameOf(name), name]),
);

/** What `rowOfColumn` gives values for, in its order. */
export const ROW_FIELDS: readonly string[] = [
  't',
  ...OWN_COUNTS.map(sqlNameOf),
  'host_dropped',
  'min_ns',
  'max_ns',
  'sum_ns',
  'other',
  'hist',
];

export function rowOfColumn(column: WatchColumn, startS: number): readonly SqlValue[] {
  const { counts, rttNs, rttRows, hostDropped } = column;
  return [
    startS,
    ...OWN_COUNTS.map((name) => counts[name]),
    hostDropped,
    rttNs && Math.round(rttNs.min),
    rttNs && Math.round(rttNs.max),
    rttNs && Math.round(rttNs.sum),
    otherOf(counts),
    rttRows.length === 0 ? null : rttRows,
  ];
}

const FIRST_COUNT = ROW_FIELDS.indexOf(sqlNameOf(OWN_COUNTS[0]));
const HOST_DROPPED = ROW_FIELDS.indexOf('host_dropped');
const MIN_NS = ROW_FIELDS.indexOf('min_ns');
const MAX_NS = ROW_FIELDS.indexOf('max_ns');
const SUM_NS = ROW_FIELDS.indexOf('sum_ns');
const OTHER = ROW_FIELDS.indexOf('other');
const HIST = ROW_FIELDS.indexOf('hist');

/**
 * By index: taking the row apart costs as much as reading it.
 *
 * @param row  values of `ROW_FIELDS`
 */
export function columnOfRow(key: string, widthS: number, row: readonly SqlValue[]): WatchColumn {
  const counts = noCounts();
  for (let index = 0; index < OWN_COUNTS.length; index++) {
    counts[OWN_COUNTS[index]!] = row[FIRST_COUNT + index] as number;
  }
  const min = row[MIN_NS];
  const hist = row[HIST];
  addOther(counts, row[OTHER]);
  return {
    key,
    startMs: (row[0] as number) * 1000,
    widthMs: widthS * 1000,
    counts,
    rttNs:
      typeof min === 'number'
        ? { min, max: row[MAX_NS] as number, sum: row[SUM_NS] as number }
        : null,
    rttRows: hist instanceof Uint8Array ? hist : NO_ROWS,
    hostDropped: row[HOST_DROPPED] as number | null,
    isFinal: true,
  };
}

function otherOf(counts: Readonly<Counts>): string | null {
  const some = OTHER_COUNTS.filter((name) => counts[name] !== 0);
  if (some.length === 0) return null;
  return JSON.stringify(Object.fromEntries(some.map((name) => [sqlNameOf(name), counts[name]])));
}

function addOther(counts: Counts, other: SqlValue | undefined): void {
  if (typeof other !== 'string') return;
  for (const [sqlName, count] of Object.entries(JSON.parse(other) as Record<string, unknown>)) {
    const name = NAME_OF.get(sqlName);
    if (name !== undefined && typeof count === 'number') counts[name] = count;
  }
}
