// SPDX-License-Identifier: MIT
// Tells whether a worker is currently answering, and whether its loop still turns. A reply may reach its client before the
// worker has counted it, but the worker has counted it by the end of the turn in which it was sent.

import { setTimeout } from 'node:timers/promises';

/** A turn is at most 32 batches per socket. */
const LOOK_AGAIN_MS = 1;

/** The longest wait of a worker: after that its loop turns even if nothing arrives, which shows that it can. */
export const LONGEST_WAIT_MS = 500;

/** A worker without traffic turns only as often as its longest wait is over. */
const LOOK_AT_IDLE_MS = 50;

/** The worker's side: its turn number is odd while it answers, and even while it waits. */
export class OwnTurn {
  readonly #cell: Int32Array;
  #turn = 0;

  constructor(cell: Int32Array) {
    this.#cell = cell;
  }

  /**
   * A plain store is enough: before a client has a reply of this turn, the kernel's locks on its way have made the
   * store visible.
   */
  begin(): void {
    this.#cell[0] = this.#turn = (this.#turn + 1) | 0;
  }

  /** Everything counted before is visible to a thread that sees this. */
  end(): void {
    this.#turn = (this.#turn + 1) | 0;
    Atomics.store(this.#cell, 0, this.#turn);
  }
}

/** All workers' turns, in shared memory. */
export class WorkerTurns {
  /** One cell per worker, for its `OwnTurn`. */
  readonly cells: readonly Int32Array[];

  constructor(workers: number) {
    this.cells = Array.from(
      { length: workers },
      () => new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
    );
  }

  #isClosed = false;

  /** For a worker that has ended, in a turn or not: it counts nothing any more. */
  clear(worker: number): void {
    Atomics.store(this.cells[worker]!, 0, 0);
  }

  /** Resolves once every current turn is over. */
  async over(): Promise<void> {
    await Promise.all(this.cells.map(untilOver));
  }

  /**
   * Resolves once every worker's loop has turned after the call, at most `LONGEST_WAIT_MS` later if none of them hangs;
   * for one that hangs, or is dead, only with `close`. It does not keep the process running.
   */
  async turned(): Promise<void> {
    const before = this.cells.map((cell) => Atomics.load(cell, 0));
    const isTurned = (cell: Int32Array, worker: number): boolean =>
      Atomics.load(cell, 0) !== before[worker];
    while (!this.#isClosed && !this.cells.every(isTurned)) {
      await setTimeout(LOOK_AT_IDLE_MS, undefined, { ref: false });
    }
  }

  /** All workers have ended. */
  close(): void {
    this.#isClosed = true;
    for (const worker of this.cells.keys()) this.clear(worker);
  }
}

async function untilOver(cell: Int32Array): Promise<void> {
  const turn = Atomics.load(cell, 0);
  if ((turn & 1) === 0) return;
  while (Atomics.load(cell, 0) === turn) await setTimeout(LOOK_AGAIN_MS);
}
