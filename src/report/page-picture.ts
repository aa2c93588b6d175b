// SPDX-License-Identifier: MIT
// The picture of a path made ready to draw: whose fault each column's losses were, and how its
// round-trip times are spread.

import { rowLowNs, type EchogramSummary } from '../stats/echogram.ts';
import { nearestRank } from '../stats/nearest-rank.ts';

/** Why probes got no reply in time, as far as this end can tell. */
export const LOSS_CAUSES = ['path', 'thisHost', 'icmpErrors', 'corrupted', 'late'] as const;

export type LossCause = (typeof LOSS_CAUSES)[number];

/**
 * Each list has an entry for each column; column i holds the probes sent from i to i + 1 times
 * `columnNs` since the start. `sent` less `received` and all of `losses` were still waited for.
 */
export interface PagePicture {
  readonly columnNs: number;
  /** Rows as those of the result's `echogram`. */
  readonly lowestNs: number;
  readonly rowsPerOctave: number;
  readonly sent: readonly number[];
  readonly received: readonly number[];
  /** Each probe without a reply in time under one cause. */
  readonly losses: Readonly<Record<LossCause, readonly number[]>>;
  readonly duplicate: readonly number[];
  readonly sendFailed: readonly number[];
  readonly skipped: readonly number[];
  readonly largestSendErrorNs: readonly number[];
  readonly largestStallNs: readonly number[];
  /** Upper end of the row that holds the sample of that rank; `null` without a sample. */
  readonly percentilesNs: {
    readonly p50: readonly (number | null)[];
    readonly p90: readonly (number | null)[];
    readonly p99: readonly (number | null)[];
  };
  /** For each column the rows that hold something, from the lowest: row, count, row, count, … */
  readonly rttRows: readonly (readonly number[])[];
  /** The same of the whole measurement. */
  readonly allRows: readonly number[];
}

/** @param timeoutNs  a reply that was dropped here or altered was to a probe sent at most so long before */
export function pagePicture(echogram: EchogramSummary, timeoutNs: number): PagePicture {
  const { columnNs, lowestNs, rowsPerOctave, sent, received, rttRows } = echogram;
  const { duplicate, sendFailed, skipped, largestSendErrorNs, largestStallNs } = echogram;
  const percentile = (percent: number): (number | null)[] =>
    rttRows.map((rows) => percentileNs(rows, percent));
  return {
    columnNs,
    lowestNs,
    rowsPerOctave,
    sent,
    received,
    losses: lossesByCause(echogram, Math.ceil(timeoutNs / columnNs)),
    duplicate,
    sendFailed,
    skipped,
    largestSendErrorNs,
    largestStallNs,
    percentilesNs: { p50: percentile(50), p90: percentile(90), p99: percentile(99) },
    rttRows,
    allRows: addRows(rttRows),
  };
}

/**
 * An ICMP error names its probe. What this host dropped and what came altered does not: it stands for the
 * losses of its own column, then of those before it, as far back as a reply may come from.
 */
function lossesByCause(
  { lost, late, icmpErrors, hostDropped, corrupted }: EchogramSummary,
  reach: number,
): PagePicture['losses'] {
  const named = lost.map((count, column) => Math.min(count, icmpErrors[column]!));
  const unexplained = lost.map((count, column) => count - named[column]!);
  const thisHost = takeBack(unexplained, hostDropped, reach);
  const altered = takeBack(unexplained, corrupted, reach);
  return { path: unexplained, thisHost, icmpErrors: named, corrupted: altered, late };
}

/** Takes each event from the nearest column, its own or an earlier one, where something is left. */
function takeBack(left: number[], events: readonly number[], reach: number): number[] {
  const taken = left.map(() => 0);
  for (const [column, count] of events.entries()) {
    let open = count;
    const first = Math.max(0, column - reach);
    for (let from = column; from >= first && open > 0; from--) {
      const part = Math.min(open, left[from]!);
      left[from]! -= part;
      taken[from]! += part;
      open -= part;
    }
  }
  return taken;
}

/** Nearest rank, as everywhere; the upper end of its row is never below the true value. */
export function percentileNs(rows: readonly number[], percent: number): number | null {
  let samples = 0;
  for (let at = 1; at < rows.length; at += 2) samples += rows[at]!;
  if (samples === 0) return null;
  let missing = nearestRank(percent, samples);
  let at = 0;
  while (missing > rows[at + 1]!) {
    missing -= rows[at + 1]!;
    at += 2;
  }
  return rowLowNs(rows[at]! + 1);
}

function addRows(columns: readonly (readonly number[])[]): number[] {
  const counts = new Map<number, number>();
  for (const rows of columns) {
    for (let at = 0; at < rows.length; at += 2) {
      counts.set(rows[at]!, (counts.get(rows[at]!) ?? 0) + rows[at + 1]!);
    }
  }
  return [...counts].sort(([a], [b]) => a - b).flat();
}
