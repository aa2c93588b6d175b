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
  /** Payload length in bytes. A reflector may shrink it, and grow it by `lengthen` alone. */
  readonly lengths: Int32Array;
  /** By how many bytes each payload was lengthened; whoever lengthens them clears it for each batch. */
  readonly lengthened: Uint8Array;
  /** Source address, four 32-bit words in network order; IPv4 is mapped (`::ffff:a.b.c.d`). */
  readonly sourceWords: Uint32Array;
  /** Source port. */
  readonly sourcePorts: Uint16Array;
  /**
   * Size of each datagram in a run that the kernel coalesced into one payload (UDP GRO); the last
   * may be shorter. 0 where the payload is one datagram.
   */
  readonly segmentBytes: Uint16Array;
  /** 1 where the datagram came by broadcast or multicast, as far as the engine can tell. */
  readonly toGroup: Uint8Array;
  /** DSCP and ECN of the request, where they were asked for (RFC 2474, RFC 3168). */
  readonly tos: Uint8Array;
  /** TTL or hop limit with which the request arrived, where it was asked for; 0 is unknown. */
  readonly hopLimits: Uint8Array;
  /** When the kernel took the request, in seconds since 1970, where it was asked for; 0 is unknown. */
  readonly arrivalSeconds: Uint32Array;
  /** The nanoseconds to `arrivalSeconds`. */
  readonly arrivalNanoseconds: Uint32Array;
  /** `ANSWER`, or the reason why `send` must pass over this datagram. */
  readonly verdicts: Uint8Array;

  protected constructor(capacity: number) {
    this.capacity = capacity;
    this.lengths = new Int32Array(capacity);
    this.lengthened = new Uint8Array(capacity);
    this.sourceWords = new Uint32Array(capacity * 4);
    this.sourcePorts = new Uint16Array(capacity);
    this.segmentBytes = new Uint16Array(capacity);
    this.toGroup = new Uint8Array(capacity);
    this.tos = new Uint8Array(capacity);
    this.hopLimits = new Uint8Array(capacity);
    this.arrivalSeconds = new Uint32Array(capacity);
    this.arrivalNanoseconds = new Uint32Array(capacity);
    this.verdicts = new Uint8Array(capacity);
  }

  /**
   * Makes payload `index` that long, by zeros behind it: as far as a reflector was asked to send more than
   * came. `lengthened` then says by how much.
   */
  lengthen(index: number, bytes: number): void {
    const length = this.lengths[index]!;
    const start = this.offsetOf(index);
    this.bytesOf(index).fill(0, start + length, start + bytes);
    this.lengths[index] = bytes;
    this.lengthened[index] = bytes - length;
  }

  /** A batch of its own that holds datagram `index` alone, for an answer that shall leave later. */
  abstract copyOf(index: number): DatagramBatch;

  /** How many datagrams entry `index` holds: more than one only where they were coalesced. */
  datagramsIn(index: number): number {
    const segmentBytes = this.segmentBytes[index]!;
    return segmentBytes === 0 ? 1 : Math.ceil(this.lengths[index]! / segmentBytes);
  }

  /** Length of one of the datagrams of entry `index`. */
  segmentLength(index: number, datagram: number): number {
    const length = this.lengths[index]!;
    const segmentBytes = this.segmentBytes[index]!;
    return segmentBytes === 0 ? length : Math.min(segmentBytes, length - datagram * segmentBytes);
  }

  /** Takes one datagram out of the coalesced run that entry `index` is. */
  removeSegment(index: number, datagram: number): void {
    const start = this.offsetOf(index);
    const at = start + datagram * this.segmentBytes[index]!;
    const removed = this.segmentLength(index, datagram);
    this.bytesOf(index).copyWithin(at, at + removed, start + this.lengths[index]!);
    this.lengths[index] = this.lengths[index]! - removed;
  }

  /** How many datagrams the whole batch holds. */
  datagrams(): number {
    let datagrams = 0;
    for (let index = 0; index < this.count; index++) datagrams += this.datagramsIn(index);
    return datagrams;
  }

  /** The memory that holds payload `index`; writing to it changes the reply. */
  abstract bytesOf(index: number): Uint8Array;

  /** Where payload `index` starts in `bytesOf(index)`. */
  abstract offsetOf(index: number): number;

  /** The source of datagram `index` as text. Allocates: not for the hot loop. */
  abstract peerOf(index: number): SocketAddress;
}
