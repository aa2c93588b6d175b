// SPDX-License-Identifier: MIT
// Columns as the API shows them: of the history and of the last minutes, no more than were asked for.

import { mergeColumns, type WatchColumn } from '../watch/column.ts';
import { addRttRows, decodeRttRows, type RttRows } from '../watch/rtt-rows.ts';
import { sentOf } from '../watch/counts.ts';
import { OVERVIEW_ROWS, type ApiColumn, type OverviewColumn } from './watch-api.ts';

/**
 * Joins columns of one target to columns as wide as asked, and adds what the history does not have yet.
 *
 * @param columns  of the history, by time
 * @param recent   of the last minutes, 10 s each, by time
 * @param widthMs  a multiple of both widths
 */
export function columnsOf(
  columns: readonly WatchColumn[],
  recent: readonly WatchColumn[],
  { widthMs, fromMs, toMs }: Stretch,
): readonly WatchColumn[] {
  const last = columns.at(-1);
  const endMs = last === undefined ? fromMs : last.startMs + last.widthMs;
  const fresh = recent.filter(({ startMs }) => startMs >= endMs && startMs < toMs);
  return inWidth([...columns, ...fresh], widthMs);
}

export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly widthMs: number;
}

/** A multiple of `tierMs` at which a stretch has no more than `most` columns. */
export function widthFor(
  { fromMs, toMs }: Omit<Stretch, 'widthMs'>,
  most: number,
  tierMs: number,
): number {
  return Math.max(1, Math.ceil((toMs - fromMs) / most / tierMs)) * tierMs;
}

function inWidth(columns: readonly WatchColumn[], widthMs: number): readonly WatchColumn[] {
  const groups = new Map<number, WatchColumn[]>();
  for (const column of columns) {
    const startMs = Math.floor(column.startMs / widthMs) * widthMs;
    const group = groups.get(startMs);
    if (group === undefined) groups.set(startMs, [column]);
    else group.push(column);
  }
  return [...groups].map(([startMs, group]) =>
    group.length === 1 && group[0]!.widthMs === widthMs
      ? group[0]!
      : mergeColumns(group, startMs, widthMs),
  );
}

export function apiColumn(column: WatchColumn): ApiColumn {
  const { startMs, counts, rttNs, hostDropped, isFinal } = column;
  return { startMs, counts, rttNs, rows: flat(rowsOf(column)), hostDropped, isFinal };
}

export function overviewColumn(column: WatchColumn): OverviewColumn {
  const { startMs, counts, hostDropped } = column;
  const unsent = counts.skipped + counts.unresolved + counts.sendFailed;
  const coarse = new Map<number, number>();
  for (const [row, count] of rowsOf(column)) {
    addRttRows(coarse, new Map([[Math.floor(row / OVERVIEW_ROWS), count]]));
  }
  return [startMs, sentOf(counts), counts.lost, counts.late, unsent, hostDropped, flat(coarse)];
}

/** None where a file is damaged. */
function rowsOf({ rttRows }: WatchColumn): RttRows {
  return decodeRttRows(rttRows) ?? new Map<number, number>();
}

/** By rising row, as encoded. */
function flat(rows: RttRows): readonly number[] {
  return [...rows].flat();
}
