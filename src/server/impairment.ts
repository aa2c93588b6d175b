// SPDX-License-Identifier: MIT
// The bad network between a server's loop and its socket: decides the fate of each reply in a batch.

import { ImpairedPath } from '../impairment/impaired-path.ts';
import { WITHHELD, type ImpairmentPlan, type Withheld } from '../impairment/impairments.ts';
import { ANSWER, FIRST_WITHHELD, type DatagramBatch } from '../socket/datagram-batch.ts';
import type { DatagramSocket } from '../socket/datagram-socket.ts';

/** The verdict on a reply that does not leave now. */
function verdictOf(withheld: Withheld): number {
  return FIRST_WITHHELD + WITHHELD.indexOf(withheld);
}

/** Why a reply with this verdict does not leave now; `null` if impairment is not the reason. */
export function withheldBy(verdict: number): Withheld | null {
  return WITHHELD[verdict - FIRST_WITHHELD] ?? null;
}

export class ImpairedNetwork {
  readonly #path: ImpairedPath<DatagramBatch>;

  /** @param cells  one cell for each of `IMPAIRMENTS` */
  constructor(plan: ImpairmentPlan, cells: Float64Array) {
    this.#path = new ImpairedPath(plan, cells);
  }

  /** Decides the fate of each reply of the batch. A reply that does not leave now gets a verdict that says why. */
  apply(batch: DatagramBatch): void {
    for (let index = 0; index < batch.count; index++) {
      if (batch.verdicts[index] === ANSWER) this.#applyTo(batch, index);
    }
  }

  /** Sends the replies that are due. */
  release(socket: Pick<DatagramSocket, 'send'>): void {
    this.#path.release((reply) => {
      socket.send(reply);
    });
  }

  /** Discards the replies that are held back, because the server closes. They count like those that found no room. */
  discard(): void {
    this.#path.discard();
  }

  /** Milliseconds until the next reply is due; `undefined` if none is held back. */
  get dueInMs(): number | undefined {
    return this.#path.dueInMs;
  }

  #applyTo(batch: DatagramBatch, index: number): void {
    const offset = batch.offsetOf(index);
    const payload = batch.bytesOf(index).subarray(offset, offset + batch.lengths[index]!);
    const withheld = this.#path.pass(payload, () => batch.copyOf(index));
    if (withheld !== null) batch.verdicts[index] = verdictOf(withheld);
  }
}
