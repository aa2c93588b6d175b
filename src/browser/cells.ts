// SPDX-License-Identifier: MIT
// The cells of an echogram as they are drawn: rows put together where one would be too low to be seen, and how bright each is.

import { ECHOGRAM_ROWS_PER_OCTAVE } from '../stats/echogram.ts';
import { densityOf } from './scale.ts';

/** A cell is at least so high. */
export const CELL_PX = 4;

export interface Cell {
  readonly column: number;
  readonly lowRow: number;
  readonly rows: number;
  count: number;
}

/** How many rows are one cell, at so many pixels for each power of two. */
export function rowsOfCell(octavePx: number): number {
  const rowPx = octavePx / ECHOGRAM_ROWS_PER_OCTAVE;
  return 2 ** Math.min(5, Math.max(0, Math.ceil(Math.log2(CELL_PX / rowPx))));
}

/**
 * The cells of some columns, by column and row.
 *
 * @param rttRows  for each column row, count, row, count, …, from the lowest row
 * @param rows     that are one cell
 */
export function cellsOf(
  rttRows: readonly (readonly number[])[],
  [first, last]: readonly [number, number],
  rows: number,
): readonly Cell[] {
  const cells: Cell[] = [];
  for (let column = first; column < last; column++) {
    const list = rttRows[column]!;
    let cell: Cell | undefined;
    for (let at = 0; at < list.length; at += 2) {
      const lowRow = list[at]! - (list[at]! % rows);
      if (cell?.lowRow !== lowRow) cells.push((cell = { column, lowRow, rows, count: 0 }));
      cell.count += list[at + 1]!;
    }
  }
  return cells;
}

/** No place is less than one reply at the narrowest: a single one is as strong wherever it came. */
export function logDensityOf({ count, lowRow, rows }: Cell): number {
  return Math.max(0, Math.log(densityOf(count, lowRow, rows)));
}

export function brightestOf(logs: readonly number[]): number {
  return logs.reduce((most, log) => Math.max(most, log), 0);
}

/** How strong a colour is, from 0 to 1. Where no place has more than one reply, all are equally strong. */
export function strengthOf(log: number, brightest: number): number {
  return brightest === 0 ? 0.6 : 0.12 + 0.88 * (log / brightest);
}

/** The colour of a ramp for a strength from 0 to 1. */
export function colourAt(ramp: readonly string[], strength: number): string {
  return ramp[Math.round(strength * (ramp.length - 1))]!;
}
