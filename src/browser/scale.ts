// SPDX-License-Identifier: MIT
// Axes: seconds since the start, and round-trip times on a logarithmic scale, whose values the plots
// hold as log2 of nanoseconds.

import { ECHOGRAM_ROWS_PER_OCTAVE, rowLowNs } from '../stats/echogram.ts';
import { formatNs } from '../quantities.ts';

/** The range from the lowest to the highest row, with a margin, as log2; a usual one without rows. */
export function durationRange(
  rows: { readonly low: number; readonly high: number } | undefined,
): readonly [number, number] {
  if (rows === undefined) return [Math.log2(1e5), Math.log2(1e8)];
  const low = Math.log2(rowLowNs(rows.low));
  const high = Math.log2(rowLowNs(rows.high + 1));
  const margin = Math.max(0.08 * (high - low), (1 - (high - low)) / 2, 0.1);
  return [low - margin, high + margin];
}

/** The end of an axis of shares up to `largest`, so that it does not change with each small difference. */
export function roundShare(largest: number): number {
  return [0.02, 0.1, 0.25, 0.5].find((share) => largest <= share) ?? 1;
}

/** 1, 2 and 5 times each power of ten between the two, as log2; fewer or more where that would be too many or too few. */
export function durationSplits(low: number, high: number): number[] {
  const splits: number[] = [];
  const spanDecades = (high - low) / Math.log2(10);
  const steps = STEPS.find(([least]) => spanDecades > least)?.[1] ?? finer(low, high);
  for (let decade = Math.floor(low / Math.log2(10)); ; decade++) {
    for (const step of steps) {
      const split = Math.log2(step * 10 ** decade);
      if (split > high) return splits;
      if (split >= low) splits.push(split);
    }
  }
}

/** From so many powers of ten on, the steps of each: never less than two in what is shown. */
const STEPS: readonly (readonly [number, readonly number[]])[] = [
  [3.2, [1]],
  [0.8, [1, 2, 5]],
  [0.35, [1, 1.5, 2, 3, 5, 7]],
];

/** Tenths of what is shown, if that is less than an octave or so. */
function finer(low: number, high: number): readonly number[] {
  const fineness = high - low > 0.6 ? 0.5 : 0.1;
  return Array.from({ length: Math.round(9 / fineness) }, (_, step) => 1 + step * fineness);
}

export function durationLabels(splits: readonly number[]): string[] {
  return splits.map((split) => formatNs(Number((2 ** split).toPrecision(6))));
}

/** `14:03:22` UTC; with fractions where labels are closer than a second, and with the date after a day. */
export function clockLabels(startedAtMs: number, splits: readonly number[]): string[] {
  const [first = 0, second = first] = splits;
  const step = second - first;
  const span = (splits.at(-1) ?? 0) - first;
  return splits.map((seconds) => {
    const text = new Date(startedAtMs + seconds * 1000).toISOString();
    if (step < 1) return text.slice(11, 23);
    return span > 86_400 ? text.slice(5, 16).replace('T', ' ') : text.slice(11, 19);
  });
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

/** How high so many of the narrowest rows are, as a share of the round-trip time there. */
export function narrowestRatio(rows: number): number {
  return 2 ** heightOf(ECHOGRAM_ROWS_PER_OCTAVE - rows, rows) - 1;
}

/** How high rows are on a logarithmic scale. */
function heightOf(lowRow: number, rows: number): number {
  return Math.log2(rowLowNs(lowRow + rows) / rowLowNs(lowRow));
}

/** Height of a label, which is the least distance between two above each other. */
const LABEL_PX = 15;

/**
 * Omits labels that would overlap the one before.
 *
 * @param places   where each stands in pixels, in either direction
 * @param leastPx  distance between two
 */
export function apart(
  labels: readonly string[],
  places: readonly number[],
  leastPx = LABEL_PX,
): string[] {
  let last = Infinity;
  return labels.map((label, at) => {
    const place = places[at]!;
    if (Math.abs(place - last) < leastPx) return '';
    last = place;
    return label;
  });
}
