// SPDX-License-Identifier: MIT
// Picks the few datagrams a second that people are shown, so that showing never slows answering.

import { ANSWER, type DatagramBatch } from '../socket/datagram-batch.ts';
import type { SocketAddress } from '../socket/ip-address.ts';
import { refusalOf, type Refusal } from './admission.ts';

/** Payload bytes copied into a sample: enough to recognise a message, and bounded. */
export const SAMPLE_PAYLOAD_BYTES = 1024;

/** One datagram that came, and what became of it. */
export interface DatagramSample {
  readonly peer: SocketAddress;
  /** Length of the whole payload. */
  readonly payloadBytes: number;
  /** The payload's first bytes, at most `SAMPLE_PAYLOAD_BYTES`; a copy. */
  readonly payload: Uint8Array;
  /** Why it was not answered; `null` when it was. */
  readonly refused: Refusal | null;
  /** Length of the answer handed to the kernel; 0 where it was refused. */
  readonly sentBytes: number;
}

/** Shows up to `perSecond` datagrams; its owner calls `refill` once a second. */
export class Sampler {
  readonly #perSecond: number;
  readonly #emit: (sample: DatagramSample) => void;
  #credit: number;

  constructor(perSecond: number, emit: (sample: DatagramSample) => void) {
    this.#perSecond = perSecond;
    this.#emit = emit;
    this.#credit = perSecond;
  }

  refill(): void {
    this.#credit = this.#perSecond;
  }

  /** Samples from a batch that has been judged and sent. */
  observe(batch: DatagramBatch): void {
    if (this.#credit === 0) return;
    const count = Math.min(batch.count, this.#credit);
    this.#credit -= count;
    for (let index = 0; index < count; index++) this.#emit(sampleOf(batch, index));
  }
}

function sampleOf(batch: DatagramBatch, index: number): DatagramSample {
  const payloadBytes = batch.lengths[index]!;
  const offset = batch.offsetOf(index);
  const end = offset + Math.min(payloadBytes, SAMPLE_PAYLOAD_BYTES);
  const verdict = batch.verdicts[index]!;
  return {
    peer: batch.peerOf(index),
    payloadBytes,
    payload: Uint8Array.prototype.slice.call(batch.bytesOf(index), offset, end),
    refused: refusalOf(verdict) ?? null,
    sentBytes: verdict === ANSWER ? payloadBytes : 0,
  };
}
