// SPDX-License-Identifier: MIT
// Packs columns of many targets into two arrays, which move between threads without being copied.

import { COLUMN_MS, type WatchColumn } from '../column.ts';
import { COUNT_NAMES, noCounts } from '../counts.ts';
import { encodeRttRows, NO_ROWS } from '../rtt-rows.ts';
import type { OpenColumn } from './open-column.ts';

export interface PackedColumns {
  /** `COLUMN_NUMBERS` for each column. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** For each column the rows of round-trip times that are not empty: row, count, row, count, … */
  readonly rttRows: Uint32Array<ArrayBuffer>;
}

/** Layout of one column's numbers; the counts follow `START_MS`. */
const ROW = 0;
const START_MS = 1;
const COUNTS = 2;
const MIN_NS = COUNTS + COUNT_NAMES.length;
const MAX_NS = MIN_NS + 1;
const SUM_NS = MIN_NS + 2;
const HOST_DROPPED = MIN_NS + 3;
const IS_FINAL = MIN_NS + 4;
const RTT_ROWS = MIN_NS + 5;
const COLUMN_NUMBERS = MIN_NS + 6;

const LEAST_COLUMNS = 64;
const LEAST_RTT_ROWS = 1024;

export class ColumnPacker {
  #numbers = new Float64Array(LEAST_COLUMNS * COLUMN_NUMBERS);
  #rttRows = new Uint32Array(LEAST_RTT_ROWS);
  #columns = 0;
  #rttRowsUsed = 0;

  get isEmpty(): boolean {
    return this.#columns === 0;
  }

  /**
   * @param row  of the target
   * @param hostDropped  NaN if unknown
   */
  add(row: number, column: Readonly<OpenColumn>, hostDropped: number, isFinal: boolean): void {
    const at = this.#columns++ * COLUMN_NUMBERS;
    if (at + COLUMN_NUMBERS > this.#numbers.length) this.#numbers = doubled(this.#numbers);
    const numbers = this.#numbers;
    numbers[at + ROW] = row;
    numbers[at + START_MS] = column.span.startMs;
    numbers.set(column.counts, at + COUNTS);
    numbers[at + MIN_NS] = column.minNs;
    numbers[at + MAX_NS] = column.maxNs;
    numbers[at + SUM_NS] = column.sumNs;
    numbers[at + HOST_DROPPED] = hostDropped;
    numbers[at + IS_FINAL] = isFinal ? 1 : 0;
    numbers[at + RTT_ROWS] = this.#addRttRows(column);
  }

  /** The packed columns; the packer is empty afterwards. */
  take(): PackedColumns {
    const numbers = this.#numbers.slice(0, this.#columns * COLUMN_NUMBERS);
    const rttRows = this.#rttRows.slice(0, this.#rttRowsUsed);
    this.#columns = 0;
    this.#rttRowsUsed = 0;
    return { numbers, rttRows };
  }

  /** @returns the number of rows that are not empty */
  #addRttRows({ rttRows, minNs }: Readonly<OpenColumn>): number {
    if (Number.isNaN(minNs)) return 0;
    const before = this.#rttRowsUsed;
    for (let row = 0; row < rttRows.length; row++) {
      const count = rttRows[row]!;
      if (count === 0) continue;
      if (this.#rttRowsUsed + 2 > this.#rttRows.length) this.#rttRows = doubledRows(this.#rttRows);
      this.#rttRows[this.#rttRowsUsed++] = row;
      this.#rttRows[this.#rttRowsUsed++] = count;
    }
    return (this.#rttRowsUsed - before) / 2;
  }
}

/**
 * @param keyOf  the key of the target with a row
 * @returns the columns, without those of unknown rows
 */
export function unpackColumns(
  { numbers, rttRows }: PackedColumns,
  keyOf: (row: number) => string | undefined,
): WatchColumn[] {
  const columns: WatchColumn[] = [];
  let from = 0;
  for (let at = 0; at < numbers.length; at += COLUMN_NUMBERS) {
    const end = from + 2 * numbers[at + RTT_ROWS]!;
    const key = keyOf(numbers[at + ROW]!);
    if (key !== undefined) columns.push(columnAt(numbers, at, key, rttRows.subarray(from, end)));
    from = end;
  }
  return columns;
}

function columnAt(
  numbers: Float64Array,
  at: number,
  key: string,
  rttRows: Uint32Array,
): WatchColumn {
  const counts = noCounts();
  COUNT_NAMES.forEach((name, place) => {
    counts[name] = numbers[at + COUNTS + place]!;
  });
  const min = numbers[at + MIN_NS]!;
  const hasReplies = !Number.isNaN(min);
  const hostDropped = numbers[at + HOST_DROPPED]!;
  return {
    key,
    startMs: numbers[at + START_MS]!,
    widthMs: COLUMN_MS,
    counts,
    rttNs: hasReplies ? { min, max: numbers[at + MAX_NS]!, sum: numbers[at + SUM_NS]! } : null,
    rttRows: hasReplies ? encodeRttRows(pairsOf(rttRows)) : NO_ROWS,
    hostDropped: Number.isNaN(hostDropped) ? null : hostDropped,
    isFinal: numbers[at + IS_FINAL] === 1,
  };
}

function pairsOf(rttRows: Uint32Array): Map<number, number> {
  const rows = new Map<number, number>();
  for (let at = 0; at < rttRows.length; at += 2) rows.set(rttRows[at]!, rttRows[at + 1]!);
  return rows;
}

function doubled(numbers: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const more = new Float64Array(2 * numbers.length);
  more.set(numbers);
  return more;
}

function doubledRows(rows: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(2 * rows.length);
  more.set(rows);
  return more;
}
