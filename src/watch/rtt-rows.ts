// SPDX-License-Identifier: MIT
// Round-trip times of a stretch as counts in the rows of the picture (stats/echogram.ts), 32 for each power of two. As
// bytes they are pairs of varints (LEB128), by rising row: rows since the row before, and the count. Two of them merge exactly.

import { ECHOGRAM_ROWS, rowLowNs } from '../stats/echogram.ts';
import { nearestRank } from '../stats/nearest-rank.ts';

/** Counts by their rows, in any order. */
export type RttRows = ReadonlyMap<number, number>;

/** Nothing received. */
export const NO_ROWS: Uint8Array = new Uint8Array(0);

export function encodeRttRows(rows: RttRows): Uint8Array {
  const bytes: number[] = [];
  let before = 0;
  for (const [row, count] of [...rows].sort(([a], [b]) => a - b)) {
    pushVarint(bytes, row - before);
    pushVarint(bytes, count);
    before = row;
  }
  return Uint8Array.from(bytes);
}

/** @returns `undefined` for bytes that nobody here wrote, such as those of a damaged file */
export function decodeRttRows(bytes: Uint8Array): Map<number, number> | undefined {
  const rows = new Map<number, number>();
  let row = 0;
  for (let at = 0; at < bytes.length;) {
    const step = readVarint(bytes, at);
    if (step === undefined) return undefined;
    const count = readVarint(bytes, step.end);
    if (count === undefined) return undefined;
    row += step.value;
    if (row >= ECHOGRAM_ROWS || count.value === 0 || rows.has(row)) return undefined;
    rows.set(row, count.value);
    at = count.end;
  }
  return rows;
}

/** Adds the counts of `other` to those of `rows`. */
export function addRttRows(rows: Map<number, number>, other: RttRows): void {
  for (const [row, count] of other) rows.set(row, (rows.get(row) ?? 0) + count);
}

/**
 * A percentile by nearest rank: the upper end of the row that holds it, at most 1/32 above the true value.
 *
 * @param percent  0 to 100
 * @returns nanoseconds; `null` without a value
 */
export function percentileOfRows(rows: RttRows, percent: number): number | null {
  const sorted = [...rows].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  const rank = nearestRank(percent, total);
  let reached = 0;
  for (const [row, count] of sorted) {
    reached += count;
    if (reached >= rank) return rowLowNs(row + 1) - 1;
  }
  return null;
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
}

function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } | undefined {
  let value = 0;
  let weight = 1;
  for (let at = start; at < bytes.length && weight <= 2 ** 49; at++, weight *= 0x80) {
    const byte = bytes[at]!;
    value += (byte & 0x7f) * weight;
    if (byte < 0x80) return Number.isSafeInteger(value) ? { value, end: at + 1 } : undefined;
  }
  return undefined;
}
