// SPDX-License-Identifier: MIT
// Picks the few datagrams per second that are shown to people, so that showing them never slows down answering.

import { reasonOf, type SendFailure } from '../socket/counters.ts';
import { ANSWER, type DatagramBatch } from '../socket/datagram-batch.ts';
import type { DatagramSocket } from '../socket/datagram-socket.ts';
import type { SocketAddress } from '../socket/ip-address.ts';
import { refusalOf, type Refusal } from './admission.ts';
import type { CounterBlock } from './counters.ts';
import type { Withheld } from '../impairment/impairments.ts';
import { withheldBy } from './impairment.ts';
import type { ServiceName } from './service.ts';

/** Payload bytes copied into a sample: enough to recognize a message, and bounded. */
export const SAMPLE_PAYLOAD_BYTES = 1024;

/**
 * Why a reply has not left: the system's error code, or what `impair` did to it. `waiting`: the next hop has not
 * answered yet; `delayed`: `impair` holds it back. Only the counters show what happens to these two later.
 */
export type NotSent = SendFailure | 'waiting' | Withheld;

/** One received datagram, and its outcome. */
export interface DatagramSample {
  /** The service that it was sent to. */
  readonly service: ServiceName;
  readonly peer: SocketAddress;
  /** Length of the whole payload. */
  readonly payloadBytes: number;
  /**
   * The first bytes of the payload, at most `SAMPLE_PAYLOAD_BYTES`; a copy. If the datagram was answered, they are those
   * of the reply, which for an echo equal the request's.
   */
  readonly payload: Buffer;
  /** The rule that refused it; `null` if none did. */
  readonly refused: Refusal | null;
  /** Why its reply has not left; `null` if the system accepted it, or if there was none. */
  readonly notSent: NotSent | null;
  /** Length of the reply that left; 0 if none did. */
  readonly sentBytes: number;
}

/** What will be shown of a datagram once the outcome of its reply is known. */
interface Taken {
  readonly index: number;
  /** The sample as if the reply had left. */
  readonly sample: DatagramSample;
}

const NOTHING: readonly Taken[] = [];

/** Shows as many datagrams as its credit allows. Its owner renews the credit once a second. */
export class Sampler {
  readonly #service: ServiceName;
  readonly #credit: Int32Array;
  readonly #block: CounterBlock;
  readonly #emit: (sample: DatagramSample) => void;

  /**
   * @param service  the service that it samples
   * @param credit   one cell: how many may still be shown; shared by all threads of a server
   * @param block   counts the samples taken
   */
  constructor(
    service: ServiceName,
    credit: Int32Array,
    block: CounterBlock,
    emit: (sample: DatagramSample) => void,
  ) {
    this.#service = service;
    this.#credit = credit;
    this.#block = block;
    this.#emit = emit;
  }

  /** Samples from a batch that has been judged. */
  take(batch: DatagramBatch): readonly Taken[] {
    // A plain load first: without credit, the usual case under load, nothing else is done.
    if (this.#credit[0]! <= 0) return NOTHING;
    const taken: Taken[] = [];
    for (let index = 0; index < batch.count && this.#mayTake(); index++) {
      taken.push({ index, sample: sampleOf(this.#service, batch, index) });
    }
    this.#block.addSampled(taken.length);
    return taken;
  }

  /** Shows the samples of a batch that has been sent, each as soon as the socket knows its outcome. */
  show(
    taken: readonly Taken[],
    batch: DatagramBatch,
    socket: Pick<DatagramSocket, 'tellOutcome'>,
  ): void {
    for (const { index, sample } of taken) {
      const withheld = withheldBy(batch.verdicts[index]!);
      if (sample.refused !== null) this.#emit(sample);
      else if (withheld !== null) this.#emit(unsent(sample, withheld));
      else {
        socket.tellOutcome(batch, index, (outcome) => {
          this.#emit(unsent(sample, reasonOf(outcome)));
        });
      }
    }
  }

  #mayTake(): boolean {
    return this.#credit[0]! > 0 && Atomics.sub(this.#credit, 0, 1) > 0;
  }
}

function unsent(sample: DatagramSample, notSent: NotSent | null): DatagramSample {
  return notSent === null ? sample : { ...sample, notSent, sentBytes: 0 };
}

function sampleOf(service: ServiceName, batch: DatagramBatch, index: number): DatagramSample {
  const length = batch.segmentLength(index, 0);
  const offset = batch.offsetOf(index);
  const end = offset + Math.min(length, SAMPLE_PAYLOAD_BYTES);
  const verdict = batch.verdicts[index]!;
  return {
    service,
    peer: batch.peerOf(index),
    payloadBytes: length - batch.lengthened[index]!,
    // With separate memory: a Buffer of the pool would take the whole pool to another thread.
    payload: Buffer.from(Uint8Array.prototype.slice.call(batch.bytesOf(index), offset, end).buffer),
    refused: refusalOf(verdict) ?? null,
    notSent: null,
    sentBytes: verdict === ANSWER ? length : 0,
  };
}
