// SPDX-License-Identifier: MIT
// The server's hot loop: receive a batch, judge it, send it back. Written once, run by every engine.

import type { DatagramBatch } from '../socket/datagram-batch.ts';
import type { DatagramSocket } from '../socket/datagram-socket.ts';
import type { Admission } from './admission.ts';
import type { Sampler } from './sampler.ts';

/**
 * Batches answered in one turn before the engine gets the thread back, so that a flood can neither
 * starve the event loop nor put off a close.
 */
const BATCHES_PER_TURN = 32;

export interface ReflectLoopOptions {
  readonly socket: DatagramSocket;
  readonly admission: Admission;
  readonly sampler: Sampler;
  /** Batches by size, one cell for each of `BATCH_BUCKETS`. */
  readonly batchCells: Float64Array;
}

export class ReflectLoop {
  readonly #socket: DatagramSocket;
  readonly #batch: DatagramBatch;
  readonly #admission: Admission;
  readonly #sampler: Sampler;
  readonly #batchCells: Float64Array;

  constructor(options: ReflectLoopOptions) {
    this.#socket = options.socket;
    this.#batch = options.socket.createBatch();
    this.#admission = options.admission;
    this.#sampler = options.sampler;
    this.#batchCells = options.batchCells;
  }

  /**
   * Answers what waits, up to `BATCHES_PER_TURN` batches. A reply is its request (RFC 862).
   *
   * @returns true where more may wait
   */
  turn(): boolean {
    const batch = this.#batch;
    for (let round = 0; round < BATCHES_PER_TURN; round++) {
      const count = this.#socket.receive(batch);
      if (count === 0) return false;
      this.#admission.judge(batch);
      this.#socket.send(batch);
      this.#sampler.observe(batch);
      this.#countBatch(count);
    }
    return true;
  }

  /** Bucket k holds sizes up to 2^k: 1, 2, 3–4, 5–8, … */
  #countBatch(count: number): void {
    const bucket = 32 - Math.clz32(count - 1);
    this.#batchCells[bucket] = this.#batchCells[bucket]! + 1;
  }
}
