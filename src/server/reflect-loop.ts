// SPDX-License-Identifier: MIT
// The server's hot loop: receive a batch, judge it, make its replies, send them. All engines share it.

import type { DatagramBatch } from '../socket/datagram-batch.ts';
import type { DatagramSocket } from '../socket/datagram-socket.ts';
import type { Admission } from './admission.ts';
import type { CounterBlock } from './counters.ts';
import type { ImpairedNetwork } from './impairment.ts';
import type { Reflector } from './reflectors/reflector.ts';
import type { Sampler } from './sampler.ts';

/**
 * Batches answered in one turn before the engine gets the thread back, so that a flood can neither starve the event
 * loop nor delay a close.
 */
const BATCHES_PER_TURN = 32;

export interface ReflectLoopOptions {
  readonly socket: DatagramSocket;
  readonly admission: Admission;
  readonly reflector: Reflector;
  readonly sampler: Sampler;
  /** Counts the batches. */
  readonly block: CounterBlock;
  /** The impairment of the replies; `undefined` for none. */
  readonly network: ImpairedNetwork | undefined;
}

export class ReflectLoop {
  readonly #socket: DatagramSocket;
  readonly #batch: DatagramBatch;
  readonly #admission: Admission;
  readonly #reflector: Reflector;
  readonly #sampler: Sampler;
  readonly #block: CounterBlock;
  readonly #network: ImpairedNetwork | undefined;

  constructor(options: ReflectLoopOptions) {
    this.#socket = options.socket;
    this.#batch = options.socket.createBatch();
    this.#admission = options.admission;
    this.#reflector = options.reflector;
    this.#sampler = options.sampler;
    this.#block = options.block;
    this.#network = options.network;
  }

  /**
   * Answers the waiting datagrams, up to `BATCHES_PER_TURN` batches.
   *
   * @returns true if more may wait
   */
  turn(): boolean {
    const batch = this.#batch;
    this.#network?.release(this.#socket);
    for (let round = 0; round < BATCHES_PER_TURN; round++) {
      const count = this.#socket.receive(batch);
      if (count === 0) return false;
      this.#admission.judge(batch);
      this.#reflector.reflect(batch);
      if (this.#network === undefined) this.#answer(batch);
      else this.#answerThrough(this.#network, batch);
      this.#block.addBatch(count);
    }
    return true;
  }

  /** A datagram is shown after it has been answered: showing must not delay the answer. */
  #answer(batch: DatagramBatch): void {
    this.#socket.send(batch);
    const taken = this.#sampler.take(batch);
    if (taken.length > 0) this.#sampler.show(taken, batch, this.#socket);
  }

  /** The sample shows the request, not what the impaired network made of it. */
  #answerThrough(network: ImpairedNetwork, batch: DatagramBatch): void {
    const taken = this.#sampler.take(batch);
    network.apply(batch);
    this.#socket.send(batch);
    if (taken.length > 0) this.#sampler.show(taken, batch, this.#socket);
  }

  /** Discards the replies that are held back, because the server closes. */
  discard(): void {
    this.#network?.discard();
    this.#socket.discard();
  }

  /** Milliseconds after which `turn` must be called even if nothing arrives; or `undefined`. */
  get dueInMs(): number | undefined {
    return this.#network?.dueInMs;
  }
}
