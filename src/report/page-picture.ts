// SPDX-License-Identifier: MIT
// The picture of a path, ready to draw: the causes of each column's losses, and the distribution of its round-trip
// times.

import type { LossPart } from '../client/verdict/loss-parts.ts';
import { rowLowNs, type EchogramSummary } from '../stats/echogram.ts';
import { nearestRank } from '../stats/nearest-rank.ts';
import { placeLosses, type PlacedLosses } from './place-losses.ts';

/**
 * Each list has an entry for each column; column i holds the probes sent from i to i + 1 times `columnNs` after the
 * start. `sent` minus `received` and all `losses` were still waiting for a reply.
 */
export interface PagePicture extends PlacedLosses {
  readonly columnNs: number;
  /** Rows as in the result's `echogram`. */
  readonly lowestNs: number;
  readonly rowsPerOctave: number;
  readonly sent: readonly number[];
  readonly received: readonly number[];
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
  /** For each column its non-empty rows, from the lowest: row, count, row, count, … */
  readonly rttRows: readonly (readonly number[])[];
  /** The same for the whole measurement. */
  readonly allRows: readonly number[];
}

/**
 * @param parts      the losses by cause
 * @param timeoutNs  a reply that was dropped here or altered belongs to a probe sent at most this long before
 */
export function pagePicture(
  echogram: EchogramSummary,
  parts: readonly LossPart[],
  timeoutNs: number,
): PagePicture {
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
    ...placeLosses(echogram, parts, Math.ceil(timeoutNs / columnNs)),
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
