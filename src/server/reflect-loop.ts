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

export class ReflectLoop {
  readonly #socket: DatagramSocket;
  readonly #batch: DatagramBatch;
  readonly #admission: Admission;
  readonly #sampler: Sampler;

  constructor(socket: DatagramSocket, admission: Admission, sampler: Sampler) {
    this.#socket = socket;
    this.#batch = socket.createBatch();
    this.#admission = admission;
    this.#sampler = sampler;
  }

  /** Answers what waits, up to `BATCHES_PER_TURN` batches. A reply is its request (RFC 862). */
  turn(): void {
    const batch = this.#batch;
    for (let round = 0; round < BATCHES_PER_TURN; round++) {
      if (this.#socket.receive(batch) === 0) return;
      this.#admission.judge(batch);
      this.#socket.send(batch);
      this.#sampler.observe(batch);
    }
  }
}
