// SPDX-License-Identifier: MIT
// Picks the few datagrams a second that people are shown, so that showing never slows answering.

import { ANSWER, type DatagramBatch } from '../socket/datagram-batch.ts';
import type { SocketAddress } from '../socket/ip-address.ts';
import { refusalOf, type Refusal } from './admission.ts';
import type { CounterBlock } from './counters.ts';
import type { ServiceName } from './service.ts';

/** Payload bytes copied into a sample: enough to recognise a message, and bounded. */
export const SAMPLE_PAYLOAD_BYTES = 1024;

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
  readonly payload: Uint8Array;
  /** Why it was not answered; `null` when it was. */
  readonly refused: Refusal | null;
  /** Length of the answer; 0 where it was refused. */
  readonly sentBytes: number;
}

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
  observe(batch: DatagramBatch): void {
    for (let index = 0; index < batch.count; index++) {
      // A plain load first: with no credit, the usual case under load, nothing else is done.
      if (this.#credit[0]! <= 0 || Atomics.sub(this.#credit, 0, 1) <= 0) return;
      this.#block.addSampled(1);
      this.#emit(sampleOf(this.#service, batch, index));
    }
  }
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
    payload: Uint8Array.prototype.slice.call(batch.bytesOf(index), offset, end),
    refused: refusalOf(verdict) ?? null,
    sentBytes: verdict === ANSWER ? length : 0,
  };
}
