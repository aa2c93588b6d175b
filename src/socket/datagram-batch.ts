// SPDX-License-Identifier: MIT
// A batch of received datagrams as parallel arrays, filled by an engine and read by the server.
// The same batch goes back to the engine to be sent: a reply is its request, changed in place.

import type { SocketAddress } from './ip-address.ts';

/** The verdict on a datagram that is to be answered. Any other number is the server's reason not to. */
export const ANSWER = 0;

/**
 * Datagrams `0 … count − 1`, valid until the engine's next `receive`.
 *
 * Ownership: the arrays and the bytes belong to the engine; copy what must outlive the turn.
 * A payload is `bytesOf(i).subarray(offsetOf(i), offsetOf(i) + lengths[i])`.
 */
export abstract class DatagramBatch {
  readonly capacity: number;
  /** How many datagrams the batch holds now. */
  count = 0;
  /** Payload length in bytes. A reflector may shrink it and never grows it. */
  readonly lengths: Int32Array;
  /** Source address, four 32-bit words in network order; IPv4 is mapped (`::ffff:a.b.c.d`). */
  readonly sourceWords: Uint32Array;
  /** Source port. */
  readonly sourcePorts: Uint16Array;
  /** `ANSWER`, or the reason why `send` must pass over this datagram. */
  readonly verdicts: Uint8Array;

  protected constructor(capacity: number) {
    this.capacity = capacity;
    this.lengths = new Int32Array(capacity);
    this.sourceWords = new Uint32Array(capacity * 4);
    this.sourcePorts = new Uint16Array(capacity);
    this.verdicts = new Uint8Array(capacity);
  }

  /** The memory that holds payload `index`; writing to it changes the reply. */
  abstract bytesOf(index: number): Uint8Array;

  /** Where payload `index` starts in `bytesOf(index)`. */
  abstract offsetOf(index: number): number;

  /** The source of datagram `index` as text. Allocates: not for the hot loop. */
  abstract peerOf(index: number): SocketAddress;
}
