// SPDX-License-Identifier: MIT
// The outcomes of the probes that were sent to one target in one interval. A watch reports, draws and stores columns.

import { COUNT_NAMES, noCounts, type Counts } from './counts.ts';
import { addRttRows, decodeRttRows, encodeRttRows, NO_ROWS } from './rtt-rows.ts';

/** The interval of the columns that the fleet reports. */
export const COLUMN_MS = 10_000;

export interface WatchColumn {
  /** The key of the target. */
  readonly key: string;
  /** Start of the interval by the wall clock, in milliseconds since 1970: a multiple of `widthMs`. */
  readonly startMs: number;
  readonly widthMs: number;
  /** Counts of the probes sent in the interval, and of what arrived or was skipped in it. */
  readonly counts: Readonly<Counts>;
  /** Round-trip times of replies in time; `null` without any. */
  readonly rttNs: { readonly min: number; readonly max: number; readonly sum: number } | null;
  /** Round-trip times as `encodeRttRows` writes them. */
  readonly rttRows: Uint8Array;
  /**
   * Datagrams that this host dropped meanwhile from the sockets that the target shares with others: any of them may
   * have been replies of this target. `null` if the system does not report it.
   */
  readonly hostDropped: number | null;
  /** False while probes sent in it may still be answered: the same interval will be reported again. */
  readonly isFinal: boolean;
}

/** Nothing was sent and nothing arrived. */
export const NO_COLUMN: WatchColumn = {
  key: '',
  startMs: 0,
  widthMs: 0,
  counts: noCounts(),
  rttNs: null,
  rttRows: NO_ROWS,
  hostDropped: null,
  isFinal: true,
};

/**
 * Joins columns of one target, exactly.
 *
 * @param columns  at least one
 * @param startMs  of the wider interval that contains all of them
 */
export function mergeColumns(
  columns: readonly WatchColumn[],
  startMs: number,
  widthMs: number,
): WatchColumn {
  const counts = noCounts();
  const rows = new Map<number, number>();
  let rttNs: WatchColumn['rttNs'] = null;
  let hostDropped: number | null = null;
  for (const column of columns) {
    for (const name of COUNT_NAMES) counts[name] += column.counts[name];
    addRttRows(rows, decodeRttRows(column.rttRows) ?? new Map<number, number>());
    rttNs = mergeRtts(rttNs, column.rttNs);
    if (column.hostDropped !== null) hostDropped = (hostDropped ?? 0) + column.hostDropped;
  }
  return {
    key: columns[0]!.key,
    startMs,
    widthMs,
    counts,
    rttNs,
    rttRows: rows.size === 0 ? NO_ROWS : encodeRttRows(rows),
    hostDropped,
    isFinal: columns.every(({ isFinal }) => isFinal),
  };
}

function mergeRtts(one: WatchColumn['rttNs'], other: WatchColumn['rttNs']): WatchColumn['rttNs'] {
  if (one === null || other === null) return one ?? other;
  return {
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
    sum: one.sum + other.sum,
  };
}
