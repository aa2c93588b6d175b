// A column whose round-trip times lie in given rows of the picture.

import { COLUMN_MS, type WatchColumn } from '../../src/watch/column.ts';
import { noCounts, type Counts } from '../../src/watch/counts.ts';
import { encodeRttRows } from '../../src/watch/rtt-rows.ts';
import { rowLowNs } from '../../src/stats/echogram.ts';

interface MadeColumn {
  readonly key?: string;
  readonly startMs: number;
  readonly counts?: Partial<Counts>;
  /** Count by row; `received` follows from it unless it is given. */
  readonly rows?: Readonly<Record<number, number>>;
  readonly hostDropped?: number | null;
}

export function spreadColumn({
  key = 'a',
  startMs,
  counts = {},
  rows = {},
  hostDropped = 0,
}: MadeColumn): WatchColumn {
  const pairs = Object.entries(rows).map(([row, count]) => [Number(row), count] as const);
  const received = pairs.reduce((sum, [, count]) => sum + count, 0);
  const rttsNs = pairs.map(([row]) => rowLowNs(row));
  const sum = pairs.reduce((total, [row, count]) => total + rowLowNs(row) * count, 0);
  return {
    key,
    startMs,
    widthMs: COLUMN_MS,
    counts: { ...noCounts(), received, ...counts },
    rttNs: received === 0 ? null : { min: Math.min(...rttsNs), max: Math.max(...rttsNs), sum },
    rttRows: encodeRttRows(new Map(pairs)),
    hostDropped,
    isFinal: true,
  };
}
