// SPDX-License-Identifier: MIT
// Picks the few datagrams a second that people are shown, so that showing never slows answering.

import { reasonOf, type SendFailure } from '../socket/counters.ts';
import { ANSWER, type DatagramBatch } from '../socket/datagram-batch.ts';
import type { DatagramSocket } from '../socket/datagram-socket.ts';
import type { SocketAddress } from '../socket/ip-address.ts';
import { refusalOf, type Refusal } from './admission.ts';
import type { CounterBlock } from './counters.ts';
import { withheldBy, type Withheld } from './impairment.ts';
import type { ServiceName } from './service.ts';

/** Payload bytes copied into a sample: enough to recognise a message, and bounded. */
export const SAMPLE_PAYLOAD_BYTES = 1024;

/**
 * Why an answer has not left: the system's reason, or what `impair` did to it. `waiting`: not yet, its next hop has
 * not answered; `delayed`: not yet, `impair` holds it back. What becomes of these two is in the counters alone.
 */
export type NotSent = SendFailure | 'waiting' | Withheld;

/** One datagram that came, and what became of it. */
export interface DatagramSample {
  /** What it was sent to. */
  readonly service: ServiceName;
  readonly peer: SocketAddress;
  /** Length of the whole payload. */
  readonly payloadBytes: number;
  /**
   * The payload's first bytes, at most `SAMPLE_PAYLOAD_BYTES`; a copy. Where it was answered, those of
   * the reply, which an echo's are the request's too.
   */
  readonly payload: Buffer;
  /** The rule that forbade to answer; `null` where none did. */
  readonly refused: Refusal | null;
  /** Why its answer has not left; `null` where the system took it, or where there was none. */
  readonly notSent: NotSent | null;
  /** Length of the answer that left; 0 where none did. */
  readonly sentBytes: number;
}

/** What people are shown of a datagram once it is known what became of its answer. */
interface Taken {
  readonly index: number;
  /** As if the answer had left. */
  readonly sample: DatagramSample;
}

const NOTHING: readonly Taken[] = [];

/** Shows as many datagrams as its credit, which its owner renews once a second, allows. */
export class Sampler {
  readonly #service: ServiceName;
  readonly #credit: Int32Array;
  readonly #block: CounterBlock;
  readonly #emit: (sample: DatagramSample) => void;

  /**
   * @param service  what it samples from
   * @param credit  one cell: how many may still be shown; shared by all threads of a server
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
    // A plain load first: with no credit, the usual case under load, nothing else is done.
    if (this.#credit[0]! <= 0) return NOTHING;
    const taken: Taken[] = [];
    for (let index = 0; index < batch.count && this.#mayTake(); index++) {
      taken.push({ index, sample: sampleOf(this.#service, batch, index) });
    }
    this.#block.addSampled(taken.length);
    return taken;
  }

  /** Shows what was taken of a batch that has been sent, each as soon as the socket knows its outcome. */
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
    // With memory of its own: a Buffer of the pool would take all of that to another thread.
    payload: Buffer.from(Uint8Array.prototype.slice.call(batch.bytesOf(index), offset, end).buffer),
    refused: refusalOf(verdict) ?? null,
    notSent: null,
    sentBytes: verdict === ANSWER ? length : 0,
  };
}
