// SPDX-License-Identifier: MIT
// The counters of a fleet in shared memory: the prober writes them, and readers cost it nothing. Each target has a row of
// cells, in blocks that are added as the fleet grows; some further cells belong to the fleet as a whole.

import { ECHOGRAM_ROWS, rowOf } from '../../stats/echogram.ts';
import { COUNT_NAMES, noCounts } from '../counts.ts';
import { percentileOfRows, type RttRows } from '../rtt-rows.ts';
import { RTT_BUCKETS_NS, type FleetCounters, type TargetCounters } from './fleet.ts';

const BLOCK_ROWS = 256;

/** Layout of a row: the counts, then the buckets including the one above all limits. */
const BUCKETS_AT = COUNT_NAMES.length;
const BUCKETS = RTT_BUCKETS_NS.length + 1;
const RTT_SUM_AT = BUCKETS_AT + BUCKETS;
const LAST_REPLY_AT = RTT_SUM_AT + 1;
const ROW_CELLS = LAST_REPLY_AT + 1;

/** Memory for further rows. */
export function newCounterBlock(): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(BLOCK_ROWS * ROW_CELLS * 8));
}

/** All rows. Each thread has its own object over the same blocks. */
export class CounterRows {
  readonly #blocks: Float64Array[] = [];

  get capacity(): number {
    return this.#blocks.length * BLOCK_ROWS;
  }

  addBlock(block: Float64Array): void {
    this.#blocks.push(block);
  }

  /** The cells of a target. */
  row(row: number): Float64Array {
    const start = (row % BLOCK_ROWS) * ROW_CELLS;
    return this.#blocks[Math.floor(row / BLOCK_ROWS)]!.subarray(start, start + ROW_CELLS);
  }
}

/** Counts a reply in time. */
export function addRtt(cells: Float64Array, rttNs: number, atMs: number): void {
  let bucket = 0;
  while (bucket < RTT_BUCKETS_NS.length && rttNs > RTT_BUCKETS_NS[bucket]!) bucket++;
  cells[BUCKETS_AT + bucket]!++;
  cells[RTT_SUM_AT]! += rttNs;
  cells[LAST_REPLY_AT] = Math.round(atMs);
}

/**
 * Reads the cells of a target from last to first. A count that is part of another one is written after it and read
 * before it, so it never exceeds it.
 */
export function readRow(cells: Float64Array): TargetCounters {
  const lastReplyAtMs = cells[LAST_REPLY_AT]!;
  const rttSumNs = cells[RTT_SUM_AT]!;
  const rttBuckets = Array.from(cells.subarray(BUCKETS_AT, RTT_SUM_AT));
  const counts = noCounts();
  for (let place = COUNT_NAMES.length - 1; place >= 0; place--) {
    counts[COUNT_NAMES[place]!] = cells[place]!;
  }
  return {
    counts,
    rttBuckets,
    rttSumNs,
    lastReplyAtMs: lastReplyAtMs === 0 ? null : lastReplyAtMs,
  };
}

const FLEET_CELL = {
  /** NaN if unknown. */
  hostDropped4: 0,
  hostDropped6: 1,
  clockSteps: 2,
  strangers: 3,
  sendErrorMax: 4,
  sendErrors: 5,
} as const;

/** The counters of the fleet as a whole. Each thread has its own object over the same memory. */
export class FleetCells {
  readonly cells: Float64Array;

  constructor(cells?: Float64Array) {
    const bytes = (FLEET_CELL.sendErrors + ECHOGRAM_ROWS) * 8;
    this.cells = cells ?? new Float64Array(new SharedArrayBuffer(bytes));
  }

  /** @param datagrams  `null` if the system does not report it */
  addDrops(ipVersion: 4 | 6, datagrams: number | null): void {
    const cell = ipVersion === 4 ? FLEET_CELL.hostDropped4 : FLEET_CELL.hostDropped6;
    this.cells[cell]! += datagrams ?? NaN;
  }

  get clockSteps(): number {
    return this.cells[FLEET_CELL.clockSteps]!;
  }

  addClockStep(): void {
    this.cells[FLEET_CELL.clockSteps]!++;
  }

  addStranger(): void {
    this.cells[FLEET_CELL.strangers]!++;
  }

  addSendError(errorNs: number): void {
    this.cells[FLEET_CELL.sendErrors + rowOf(errorNs)]!++;
    if (errorNs > this.cells[FLEET_CELL.sendErrorMax]!) {
      this.cells[FLEET_CELL.sendErrorMax] = errorNs;
    }
  }

  /** How much later than intended probes were sent, as rows of `rtt-rows.ts`. */
  sendErrorRows(): RttRows {
    const rows = new Map<number, number>();
    for (let row = 0; row < ECHOGRAM_ROWS; row++) {
      const count = this.cells[FLEET_CELL.sendErrors + row]!;
      if (count > 0) rows.set(row, count);
    }
    return rows;
  }

  read(): FleetCounters {
    const { cells } = this;
    const rows = this.sendErrorRows();
    return {
      hostDropped: {
        ipv4: known(cells[FLEET_CELL.hostDropped4]!),
        ipv6: known(cells[FLEET_CELL.hostDropped6]!),
      },
      clockSteps: cells[FLEET_CELL.clockSteps]!,
      strangers: cells[FLEET_CELL.strangers]!,
      sendErrorNs: {
        p50: percentileOfRows(rows, 50),
        p99: percentileOfRows(rows, 99),
        max: rows.size === 0 ? null : Math.round(cells[FLEET_CELL.sendErrorMax]!),
      },
    };
  }
}

function known(count: number): number | null {
  return Number.isNaN(count) ? null : count;
}
