// SPDX-License-Identifier: MIT
// Columns as a few arrays, which a message between threads carries for far less than as many objects cost.

import type { WatchColumn } from '../column.ts';
import { COUNT_NAMES, noCounts, type Counts } from '../counts.ts';

export interface PackedColumns {
  readonly keys: readonly string[];
  /** `FIELDS` for each column; NaN is `null`. */
  readonly numbers: Float64Array;
  /** Round-trip times of all, one after the other. */
  readonly rttRows: Uint8Array;
}

/** Place of the key, start, width, is final, host drops, three of round-trip times, bytes of the rows; then the counts. */
const FIRST_COUNT = 9;
const FIELDS = FIRST_COUNT + COUNT_NAMES.length;

export function packColumns(columns: readonly WatchColumn[]): PackedColumns {
  const placeOf = new Map<string, number>();
  const numbers = new Float64Array(columns.length * FIELDS);
  const rttRows = new Uint8Array(columns.reduce((sum, column) => sum + column.rttRows.length, 0));
  let at = 0;
  let rowsAt = 0;
  for (const column of columns) {
    const place = placeOf.get(column.key) ?? placeOf.size;
    placeOf.set(column.key, place);
    writeNumbers(numbers, at, column, place);
    rttRows.set(column.rttRows, rowsAt);
    at += FIELDS;
    rowsAt += column.rttRows.length;
  }
  return { keys: [...placeOf.keys()], numbers, rttRows };
}

/** One by one: an array of them would cost more than all the rest. */
function writeNumbers(
  numbers: Float64Array,
  at: number,
  { startMs, widthMs, isFinal, hostDropped, rttNs, rttRows, counts }: WatchColumn,
  place: number,
): void {
  numbers[at] = place;
  numbers[at + 1] = startMs;
  numbers[at + 2] = widthMs;
  numbers[at + 3] = isFinal ? 1 : 0;
  numbers[at + 4] = hostDropped ?? NaN;
  numbers[at + 5] = rttNs?.min ?? NaN;
  numbers[at + 6] = rttNs?.max ?? NaN;
  numbers[at + 7] = rttNs?.sum ?? NaN;
  numbers[at + 8] = rttRows.length;
  for (let index = 0; index < COUNT_NAMES.length; index++) {
    numbers[at + FIRST_COUNT + index] = counts[COUNT_NAMES[index]!];
  }
}

/** They share memory: who keeps one keeps all. */
export function unpackColumns({ keys, numbers, rttRows }: PackedColumns): WatchColumn[] {
  const columns: WatchColumn[] = [];
  let rowsAt = 0;
  for (let at = 0; at < numbers.length; at += FIELDS) {
    const rowsEnd = rowsAt + numbers[at + 8]!;
    const hostDropped = numbers[at + 4]!;
    const min = numbers[at + 5]!;
    columns.push({
      key: keys[numbers[at]!]!,
      startMs: numbers[at + 1]!,
      widthMs: numbers[at + 2]!,
      counts: countsAt(numbers, at + FIRST_COUNT),
      rttNs: Number.isNaN(min) ? null : { min, max: numbers[at + 6]!, sum: numbers[at + 7]! },
      rttRows: rttRows.subarray(rowsAt, rowsEnd),
      hostDropped: Number.isNaN(hostDropped) ? null : hostDropped,
      isFinal: numbers[at + 3] === 1,
    });
    rowsAt = rowsEnd;
  }
  return columns;
}

function countsAt(numbers: Float64Array, at: number): Counts {
  const counts = noCounts();
  for (let index = 0; index < COUNT_NAMES.length; index++) {
    counts[COUNT_NAMES[index]!] = numbers[at + index]!;
  }
  return counts;
}

/** What a message can hand over instead of copying it. */
export function buffersOf({ numbers, rttRows }: PackedColumns): ArrayBuffer[] {
  return [numbers.buffer as ArrayBuffer, rttRows.buffer as ArrayBuffer];
}
