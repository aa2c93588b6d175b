// SPDX-License-Identifier: MIT
// Everything a server counts, in one block of shared memory.

import { readSocketCounters, SOCKET_CELLS, type SocketCounters } from '../socket/counters.ts';
import { REFUSALS, type Refusal } from './admission.ts';

/** What a server has counted since it started. */
export interface ServerCounters extends SocketCounters {
  /** Datagrams that were not answered, by the rule that forbade it. */
  readonly refused: Readonly<Record<Refusal, number>>;
  /**
   * Datagrams that the kernel dropped because a receive buffer was full; `null` where the engine
   * can't know. They are not among those received.
   */
  readonly kernelDrops: number | null;
}

/** Upper bounds of the batch-size histogram's buckets, in entries a batch. */
export const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64] as const;

const SAMPLED_CELL = SOCKET_CELLS + REFUSALS.length;
const BATCHES_CELL = SAMPLED_CELL + 1;
const CELLS = BATCHES_CELL + BATCH_BUCKETS.length;

/** The cells of one loop: the socket's, then the refusals, the samples and the batch sizes. */
export class CounterBlock {
  readonly memory: SharedArrayBuffer;
  readonly socket: Float64Array;
  readonly refusals: Float64Array;
  /** One cell for each of `BATCH_BUCKETS`: batches of at most that size. */
  readonly batches: Float64Array;
  readonly #cells: Float64Array;

  /** @param memory  another thread's block, to count or read in it */
  constructor(memory = new SharedArrayBuffer(CELLS * 8)) {
    this.memory = memory;
    this.#cells = new Float64Array(memory);
    this.socket = this.#cells.subarray(0, SOCKET_CELLS);
    this.refusals = this.#cells.subarray(SOCKET_CELLS, SAMPLED_CELL);
    this.batches = this.#cells.subarray(BATCHES_CELL, CELLS);
  }

  /** Datagrams that were shown. */
  get sampled(): number {
    return this.#cells[SAMPLED_CELL]!;
  }

  addSampled(datagrams: number): void {
    this.#cells[SAMPLED_CELL] = this.sampled + datagrams;
  }

  /** Adds another block's counts to this one's. */
  add(other: CounterBlock): void {
    for (let cell = 0; cell < CELLS; cell++) {
      this.#cells[cell] = this.#cells[cell]! + other.#cells[cell]!;
    }
  }

  read(kernelDrops: number | null): ServerCounters {
    const refused = Object.fromEntries(REFUSALS.map((reason, at) => [reason, this.refusals[at]!]));
    return {
      ...readSocketCounters(this.socket),
      refused: refused as Record<Refusal, number>,
      kernelDrops,
    };
  }
}

/** Sums the counts of a record, such as refusals over all reasons. */
export function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
