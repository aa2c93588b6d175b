// SPDX-License-Identifier: MIT
// A column of one target while its probes may still be answered. It is large, and a target has about two at a time, so
// columns are reused.

import { ECHOGRAM_ROWS, rowOf } from '../../stats/echogram.ts';
import { COUNT_NAMES } from '../counts.ts';
import type { ColumnSpan } from './column-clock.ts';

export class OpenColumn {
  span: ColumnSpan;
  readonly counts = new Float64Array(COUNT_NAMES.length);
  /** Replies in time by row of round-trip times. */
  readonly rttRows = new Uint32Array(ECHOGRAM_ROWS);
  /** NaN without any reply. */
  minNs = NaN;
  maxNs = NaN;
  sumNs = 0;

  constructor(span: ColumnSpan) {
    this.span = span;
  }

  addRtt(rttNs: number): void {
    this.rttRows[rowOf(rttNs)]!++;
    this.sumNs += rttNs;
    if (!(rttNs >= this.minNs)) this.minNs = rttNs;
    if (!(rttNs <= this.maxNs)) this.maxNs = rttNs;
  }

  reset(span: ColumnSpan): void {
    this.span = span;
    this.counts.fill(0);
    this.rttRows.fill(0);
    this.minNs = NaN;
    this.maxNs = NaN;
    this.sumNs = 0;
  }
}

/** Unused columns, kept for reuse. */
export class ColumnPool {
  readonly #spare: OpenColumn[] = [];

  take(span: ColumnSpan): OpenColumn {
    const column = this.#spare.pop();
    if (column === undefined) return new OpenColumn(span);
    column.reset(span);
    return column;
  }

  /** @param most  number of unused columns to keep */
  give(column: OpenColumn, most: number): void {
    if (this.#spare.length < most) this.#spare.push(column);
  }
}
