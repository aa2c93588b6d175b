// SPDX-License-Identifier: MIT
// A stretch of one target made ready to draw: what became of the probes of each column, and how long replies took.

import { percentileNs } from '../../report/page-picture.ts';
import type { DrawnKind } from '../../report/page-legend.ts';
import { sentOf } from '../../watch/counts.ts';
import { formatNs } from '../../quantities.ts';
import type { ApiColumn, ApiHistory } from '../watch-api.ts';

/** What may become of a slot but a reply in time, from the bottom of a bar to its top. */
export const KINDS = [
  'path',
  'forward',
  'backward',
  'thisHost',
  'icmpErrors',
  'unusable',
  'late',
  'notSent',
  'skipped',
] as const satisfies readonly DrawnKind[];

export type Kind = (typeof KINDS)[number];

/** How the legend names each. */
export function kindWords(kind: Kind, timeoutMs: number | undefined): string {
  switch (kind) {
    case 'path':
      return 'lost, nothing tells in which direction';
    case 'forward':
      return 'lost on the way there';
    case 'backward':
      return 'lost on the way back';
    case 'thisHost':
      return 'lost, cause unknown: this host dropped datagrams meanwhile, which may have been replies';
    case 'icmpErrors':
      return 'answered by an ICMP error';
    case 'unusable':
      return 'answered unusably: altered, in another protocol or with another key';
    case 'late':
      return timeoutMs === undefined
        ? 'late'
        : `late: after the timeout of ${formatNs(timeoutMs * 1e6)}`;
    case 'notSent':
      return 'not sent: refused by the system of this host';
    case 'skipped':
      return 'left out: this host was late, or the name had no address';
  }
}

export interface PictureColumn {
  readonly startMs: number;
  readonly sent: number;
  readonly received: number;
  /** Probes that were due, sent or not. */
  readonly slots: number;
  readonly missed: Readonly<Record<Kind, number>>;
  readonly p50Ns: number | null;
  readonly p90Ns: number | null;
  readonly p99Ns: number | null;
  readonly hostDropped: number;
}

export interface Picture {
  readonly widthMs: number;
  readonly columns: readonly PictureColumn[];
  /** For each column row, count, row, count, …, from the lowest row. */
  readonly rttRows: readonly (readonly number[])[];
}

export function pictureOf({ widthMs, columns }: ApiHistory): Picture {
  return {
    widthMs,
    columns: columns.map((column, at) => pictureColumn(column, columns[at + 1], widthMs)),
    rttRows: columns.map(({ rows }) => rows),
  };
}

function pictureColumn(
  column: ApiColumn,
  next: ApiColumn | undefined,
  widthMs: number,
): PictureColumn {
  const { startMs, counts, rows } = column;
  // A reply to a probe that was sent near the end of a column may have been dropped in the next.
  const isFollowed = next?.startMs === startMs + widthMs;
  const mayBeDropped = (column.hostDropped ?? 0) > 0 || (isFollowed && (next.hostDropped ?? 0) > 0);
  const missed = missedOf(counts, mayBeDropped);
  const sent = sentOf(counts);
  return {
    startMs,
    sent,
    received: counts.received,
    slots: sent + missed.notSent + missed.skipped,
    missed,
    p50Ns: percentileNs(rows, 50),
    p90Ns: percentileNs(rows, 90),
    p99Ns: percentileNs(rows, 99),
    hostDropped: column.hostDropped ?? 0,
  };
}

/**
 * Each slot without a reply in time under one kind. What was lost on the way there was not dropped here, and what an ICMP
 * error named neither; of the other losses nobody knows, if this host dropped something.
 */
function missedOf(
  counts: ApiColumn['counts'],
  mayBeDropped: boolean,
): Readonly<Record<Kind, number>> {
  let open = counts.lost;
  const take = (count: number): number => {
    const taken = Math.min(open, count);
    open -= taken;
    return taken;
  };
  const icmpErrors = take(counts.portUnreachable + counts.icmpErrors);
  const forward = take(counts.lostForward);
  const unusable = take(counts.corrupted + counts.unaltered + counts.unauthenticated);
  const thisHost = mayBeDropped ? take(open) : 0;
  const backward = take(counts.lostBackward);
  return {
    path: open,
    forward,
    backward,
    thisHost,
    icmpErrors,
    unusable,
    late: counts.late,
    notSent: counts.sendFailed,
    skipped: counts.skipped + counts.unresolved,
  };
}

/** How many of each kind there are in all. */
export function totalsOf({ columns }: Picture): Readonly<Record<Kind, number>> {
  return Object.fromEntries(
    KINDS.map((kind) => [kind, columns.reduce((sum, { missed }) => sum + missed[kind], 0)]),
  ) as Record<Kind, number>;
}
