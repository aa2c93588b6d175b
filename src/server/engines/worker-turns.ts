// SPDX-License-Identifier: MIT
// Whether a worker is answering right now: a reply may be with its client before the worker has counted it, but
// no longer than the turn lasts in which it was sent.

import { setTimeout } from 'node:timers/promises';

/** A turn is 32 batches a socket at most. */
const LOOK_AGAIN_MS = 1;

/** The worker's end: its turn is odd while it answers, and even while it waits. */
export class OwnTurn {
  readonly #cell: Int32Array;
  #turn = 0;

  constructor(cell: Int32Array) {
    this.#cell = cell;
  }

  /** A plain store: a client has no reply of this turn before the kernel's locks, on its way, made it visible. */
  begin(): void {
    this.#cell[0] = this.#turn = (this.#turn + 1) | 0;
  }

  /** What was counted before is visible to whoever sees this. */
  end(): void {
    this.#turn = (this.#turn + 1) | 0;
    Atomics.store(this.#cell, 0, this.#turn);
  }
}

/** All workers' turns, in shared memory. */
export class WorkerTurns {
  /** One cell a worker, for its `OwnTurn`. */
  readonly cells: readonly Int32Array[];

  constructor(workers: number) {
    this.cells = Array.from(
      { length: workers },
      () => new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
    );
  }

  /** A worker that has ended, in a turn or not, counts no more. */
  clear(worker: number): void {
    Atomics.store(this.cells[worker]!, 0, 0);
  }

  /** Resolves once each turn that lasts now is over. */
  async over(): Promise<void> {
    await Promise.all(this.cells.map(untilOver));
  }
}

async function untilOver(cell: Int32Array): Promise<void> {
  const turn = Atomics.load(cell, 0);
  if ((turn & 1) === 0) return;
  while (Atomics.load(cell, 0) === turn) await setTimeout(LOOK_AGAIN_MS);
}
