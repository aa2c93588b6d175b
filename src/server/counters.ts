// SPDX-License-Identifier: MIT
// Everything a server counts, in one block of shared memory.

import {
  readSocketCounters,
  SOCKET_CELL,
  SOCKET_CELLS,
  type SocketCounters,
} from '../socket/counters.ts';
import type { DropCauses } from '../socket/drop-causes.ts';
import { REFUSALS, type Refusal } from './admission.ts';
import { IMPAIRMENTS, type Impairment } from '../impairment/impairments.ts';

/** What a server has counted since it started. */
export interface ServerCounters extends SocketCounters {
  /** Datagrams that were not answered, by the rule that forbade it. */
  readonly refused: Readonly<Record<Refusal, number>>;
  /** What was done to replies on purpose, see `ImpairmentPlan`. */
  readonly impaired: Readonly<Record<Impairment, number>>;
  /**
   * Datagrams that the kernel dropped because a receive buffer was full or, for those above 76 octets, because their
   * UDP checksum was wrong. The kernel checks shorter ones before it looks up their socket, and counts those only for
   * the whole system (`Udp: InCsumErrors`). `null` if the engine can't know. They are not included in the received
   * datagrams. The kernel counts a coalesced run (UDP GRO) as one drop, however many datagrams it held: the counts are
   * exact with `gro: false`.
   */
  readonly kernelDrops: DropCauses | null;
  /**
   * Datagrams that arrived in fragments, which the kernel put together again. `null` if unknown: on the portable engine,
   * and before Linux 4.10.
   */
  readonly fragmentedDatagrams: number | null;
}

/** Upper bounds of the batch-size histogram's buckets, in entries per batch. */
export const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64] as const;

const SAMPLED_CELL = SOCKET_CELLS + REFUSALS.length;
const IMPAIRED_CELL = SAMPLED_CELL + 1;
const BATCHES_CELL = IMPAIRED_CELL + IMPAIRMENTS.length;
const BATCH_SUM_CELL = BATCHES_CELL + BATCH_BUCKETS.length;
const UNREPORTED_CELL = BATCH_SUM_CELL + 1;
const VALID_CELL = UNREPORTED_CELL + 1;

/** Cells of the requests that TR-143 calls valid, counted if UDPEchoPlus is enabled. */
export const VALID = { datagrams: 0, bytes: 1 } as const;
const VALID_CELLS = 2;
const CELLS = VALID_CELL + VALID_CELLS;

/** The cells of one loop: the socket's, then the refusals, the samples and the batch sizes. */
export class CounterBlock {
  readonly memory: SharedArrayBuffer;
  readonly socket: Float64Array;
  readonly refusals: Float64Array;
  /** One cell for each of `IMPAIRMENTS`. */
  readonly impairments: Float64Array;
  /** Batches in each of `BATCH_BUCKETS`, not cumulative. */
  readonly batches: Float64Array;
  /** One cell for each of `VALID`. */
  readonly valid: Float64Array;
  readonly #cells: Float64Array;

  /** @param memory  another thread's block, to count in or read */
  constructor(memory = new SharedArrayBuffer(CELLS * 8)) {
    this.memory = memory;
    this.#cells = new Float64Array(memory);
    this.socket = this.#cells.subarray(0, SOCKET_CELLS);
    this.refusals = this.#cells.subarray(SOCKET_CELLS, SAMPLED_CELL);
    this.impairments = this.#cells.subarray(IMPAIRED_CELL, BATCHES_CELL);
    this.batches = this.#cells.subarray(BATCHES_CELL, BATCH_SUM_CELL);
    this.valid = this.#cells.subarray(VALID_CELL, CELLS);
  }

  /** Datagrams that were shown to people. */
  get sampled(): number {
    return this.#cells[SAMPLED_CELL]!;
  }

  addSampled(datagrams: number): void {
    this.#cells[SAMPLED_CELL] = this.sampled + datagrams;
  }

  /** Counts a wait for datagrams that failed. */
  addReceiveError(): void {
    const cell = SOCKET_CELL.receiveErrors;
    this.socket[cell] = this.socket[cell]! + 1;
  }

  /** Sockets whose receive calls currently fail. */
  get failingSockets(): number {
    return this.socket[SOCKET_CELL.failing]!;
  }

  /**
   * Datagrams of completed batches that were not shown. Another thread that reads this while a batch is being answered
   * counts no datagram of it as not shown.
   */
  get unreported(): number {
    return this.#cells[UNREPORTED_CELL]!;
  }

  /** Counts a batch of `entries` datagrams or coalesced runs. Call it once the batch was answered and shown. */
  addBatch(entries: number): void {
    const received = this.socket[SOCKET_CELL.receivedDatagrams]!;
    this.#cells[UNREPORTED_CELL] = received - this.sampled;
    // Bucket k holds sizes up to 2^k: 1, 2, 3–4, 5–8, …
    const bucket = BATCHES_CELL + 32 - Math.clz32(entries - 1);
    this.#cells[bucket] = this.#cells[bucket]! + 1;
    this.#cells[BATCH_SUM_CELL] = this.#cells[BATCH_SUM_CELL]! + entries;
  }

  /** Entries of all batches in total. */
  get batchSum(): number {
    return this.#cells[BATCH_SUM_CELL]!;
  }

  /** Adds another block's counts to this one's. */
  add(other: CounterBlock): void {
    for (let cell = 0; cell < CELLS; cell++) {
      this.#cells[cell] = this.#cells[cell]! + other.#cells[cell]!;
    }
  }

  read(kernelDrops: DropCauses | null, seesFragments = false): ServerCounters {
    return {
      ...readSocketCounters(this.socket),
      refused: named(REFUSALS, this.refusals),
      impaired: named(IMPAIRMENTS, this.impairments),
      kernelDrops,
      fragmentedDatagrams: seesFragments ? this.socket[SOCKET_CELL.fragmentedDatagrams]! : null,
    };
  }
}

function named<Name extends string>(
  names: readonly Name[],
  cells: Float64Array,
): Readonly<Record<Name, number>> {
  return Object.fromEntries(names.map((name, at) => [name, cells[at]!])) as Record<Name, number>;
}

/** Sums the counts of a record, such as the refusals for all reasons. */
export function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
