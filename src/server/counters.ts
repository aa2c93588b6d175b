// SPDX-License-Identifier: MIT
// Everything a server counts, in one block of shared memory.

import { readSocketCounters, SOCKET_CELLS, type SocketCounters } from '../socket/counters.ts';
import { REFUSALS, type Refusal } from './admission.ts';

/** What a server has counted since it started. */
export interface ServerCounters extends SocketCounters {
  /** Datagrams that were not answered, by the rule that forbade it. */
  readonly refused: Readonly<Record<Refusal, number>>;
}

/** The cells of one loop: the socket's, then the refusals. */
export class CounterBlock {
  readonly socket: Float64Array;
  readonly refusals: Float64Array;

  constructor() {
    const cells = new SharedArrayBuffer((SOCKET_CELLS + REFUSALS.length) * 8);
    this.socket = new Float64Array(cells, 0, SOCKET_CELLS);
    this.refusals = new Float64Array(cells, SOCKET_CELLS * 8, REFUSALS.length);
  }

  read(): ServerCounters {
    const refused = Object.fromEntries(REFUSALS.map((reason, at) => [reason, this.refusals[at]!]));
    return {
      ...readSocketCounters(this.socket),
      refused: refused as Record<Refusal, number>,
    };
  }
}

/** Sums the counts of a record, such as refusals over all reasons. */
export function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
