// SPDX-License-Identifier: MIT
// Axes: seconds since the start, and round-trip times on a logarithmic scale, whose values the plots
// hold as log2 of nanoseconds.

import { ECHOGRAM_ROWS_PER_OCTAVE, rowLowNs } from '../../stats/echogram.ts';
import { formatNs } from '../../quantities.ts';

/** 1, 2 and 5 times each power of ten between the two, as log2; fewer where that would be too many. */
export function durationSplits(low: number, high: number): number[] {
  const splits: number[] = [];
  const spanDecades = (high - low) / Math.log2(10);
  const steps = spanDecades > 3.2 ? [1] : spanDecades > 0.35 ? [1, 2, 5] : finer(low, high);
  for (let decade = Math.floor(low / Math.log2(10)); ; decade++) {
    for (const step of steps) {
      const split = Math.log2(step * 10 ** decade);
      if (split > high) return splits;
      if (split >= low) splits.push(split);
    }
  }
}

/** Tenths of what is shown, where that is less than an octave or so. */
function finer(low: number, high: number): readonly number[] {
  const fineness = high - low > 0.6 ? 0.5 : 0.1;
  return Array.from({ length: Math.round(9 / fineness) }, (_, step) => 1 + step * fineness);
}

export function durationLabels(splits: readonly number[]): string[] {
  return splits.map((split) => formatNs(Number((2 ** split).toPrecision(6))));
}

/** `0`, `10 s`, `1:30`, `2:00:00`. */
export function timeLabel(seconds: number): string {
  if (seconds === 0) return '0';
  if (Math.abs(seconds) < 60) return formatNs(Math.round(seconds * 1e9));
  const rounded = Math.round(seconds);
  const [hours, minutes, rest] = [rounded / 3600, (rounded % 3600) / 60, rounded % 60].map(
    Math.floor,
  );
  const two = (part: number): string => String(part).padStart(2, '0');
  return hours! > 0 ? `${hours!}:${two(minutes!)}:${two(rest!)}` : `${minutes!}:${two(rest!)}`;
}

/**
 * Replies in a step of log time as narrow as the narrowest of so many rows. The rows of an octave are
 * equally high in time, so that the first is twice as high as the last on a logarithmic scale, and as
 * many replies there are half as dense.
 */
export function densityOf(count: number, lowRow: number, rows: number): number {
  const narrowest = heightOf(ECHOGRAM_ROWS_PER_OCTAVE - rows, rows);
  return (count * narrowest) / heightOf(lowRow, rows);
}

/** How high rows are on a logarithmic scale. */
function heightOf(lowRow: number, rows: number): number {
  return Math.log2(rowLowNs(lowRow + rows) / rowLowNs(lowRow));
}
