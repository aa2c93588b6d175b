// SPDX-License-Identifier: MIT
// The numbers of a target's last minute, from which its state is derived.

import { mergeColumns, NO_COLUMN, type WatchColumn } from '../column.ts';
import { sentOf, type Counts } from '../counts.ts';
import { decodeRttRows, percentileOfRows, type RttRows } from '../rtt-rows.ts';
import type { TargetWindow } from '../watch-view.ts';

/** The length of the stretch, unless this many probes take longer. */
const STRETCH_MS = 60_000;
export const STRETCH_PROBES = 3;

export interface LatestStretch {
  readonly window: TargetWindow;
  readonly counts: Readonly<Counts>;
  /** Datagrams that this host dropped meanwhile; `null` if the system does not report it. */
  readonly hostDropped: number | null;
}

/** Probes that were due, whatever their outcome. */
export function askedOf(counts: Readonly<Counts>): number {
  return sentOf(counts) + counts.sendFailed + counts.skipped + counts.unresolved;
}

/**
 * @param columns  the latest columns of a target, the newest first. A column that is newer than the previous one in
 * this order was made before the clock was set back, and ends the stretch.
 * @param nowMs  by the wall clock
 * @param addedMs  when the target was added: its first column began before that
 */
export function latestStretch(
  columns: Iterable<WatchColumn>,
  nowMs: number,
  addedMs: number,
): LatestStretch {
  const chosen = chooseLatest(columns);
  const [newest] = chosen;
  if (newest === undefined) return EMPTY;
  const oldest = chosen.at(-1)!;
  const merged = mergeColumns(chosen, oldest.startMs, newest.startMs - oldest.startMs);
  const { counts, hostDropped } = merged;
  const endMs = newest.startMs + newest.widthMs;
  const untilMs = newest.isFinal ? endMs : Math.max(newest.startMs, Math.min(endMs, nowMs));
  const isFirst = addedMs > oldest.startMs && addedMs <= untilMs;
  const lengthMs = untilMs - (isFirst ? addedMs : oldest.startMs);
  return { window: windowOf(merged, lengthMs), counts, hostDropped };
}

function chooseLatest(columns: Iterable<WatchColumn>): WatchColumn[] {
  const chosen: WatchColumn[] = [];
  let asked = 0;
  for (const column of columns) {
    const before = chosen.at(-1);
    if (before !== undefined && column.startMs >= before.startMs) break;
    const isPast = before !== undefined && chosen[0]!.startMs - column.startMs >= STRETCH_MS;
    if (isPast && asked >= STRETCH_PROBES) break;
    chosen.push(column);
    asked += askedOf(column.counts);
  }
  return chosen;
}

function windowOf({ counts, rttRows }: WatchColumn, lengthMs: number): TargetWindow {
  const { received, late, lost, lostForward, lostBackward } = counts;
  const sent = sentOf(counts);
  const rows: RttRows = decodeRttRows(rttRows) ?? new Map<number, number>();
  return {
    seconds: lengthMs / 1000,
    sent,
    received,
    late,
    lost,
    lostForward,
    lostBackward,
    // As for a measurement (docs/measuring.md): a late reply came too late to be used.
    lossRatio: sent === 0 ? null : (lost + late) / sent,
    p50Ns: percentileOfRows(rows, 50),
    p99Ns: percentileOfRows(rows, 99),
  };
}

const EMPTY: LatestStretch = {
  window: windowOf(NO_COLUMN, 0),
  counts: NO_COLUMN.counts,
  hostDropped: null,
};
