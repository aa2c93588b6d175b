// SPDX-License-Identifier: MIT
// A batch of received datagrams as parallel arrays, filled by an engine and read by the server. The server passes the
// same batch back to the engine to send it: a reply is its request, changed in place.

import type { SendOutcome } from './counters.ts';
import type { SocketAddress } from './ip-address.ts';

/**
 * The values of a batch's `verdicts`, one byte per datagram. In a turn they are written, in this order, by:
 *
 * 1. `receive`: `ANSWER`, for each.
 * 2. `Admission.judge`: the number of the first rule that refuses the datagram (`VERDICT` in server/admission.ts,
 *    from 1 up), or `ANSWER`.
 * 3. the service's reflector: the number of a rule of its protocol, by `refuse`, over an `ANSWER`.
 * 4. under impairment, `ImpairedNetwork.apply`: `FIRST_WITHHELD` or one of the next numbers, over an `ANSWER`.
 * 5. `send` on the Linux engine, while it runs: `DEALT_WITH`, over an `ANSWER`; it is `ANSWER` again when that returns.
 *
 * `send` sends the datagrams with `ANSWER`, and skips all others. Nobody else writes verdicts. A copy (`copyOf`) has `ANSWER`: what is held back is sent when it is due.
 */
export const ANSWER = 0;

/**
 * Verdicts from this number on mean replies that were lost on purpose, or are held back to leave later; see
 * `withheldBy`.
 */
export const FIRST_WITHHELD = 200;

/** While `send` runs: the reply has left, waits for its neighbour, or was dropped and counted. */
export const DEALT_WITH = 254;

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
  /** Payload length in bytes. A reflector may shrink it; only `lengthen` may increase it. */
  readonly lengths: Int32Array;
  /** By how many bytes each payload was lengthened; the code that lengthens payloads clears it for each batch. */
  readonly lengthened: Uint8Array;
  /** Source address, four 32-bit words in network order; IPv4 is mapped (`::ffff:a.b.c.d`). */
  readonly sourceWords: Uint32Array;
  /** Source port. */
  readonly sourcePorts: Uint16Array;
  /**
   * Size of each datagram in a run that the kernel coalesced into one payload (UDP GRO); the last one may be shorter. 0
   * if the payload is a single datagram.
   */
  readonly segmentBytes: Uint16Array;
  /** 1 if the datagram was sent to a broadcast or multicast address, as far as the engine can tell. */
  readonly toGroup: Uint8Array;
  /** DSCP and ECN of the request, if the socket reports them (RFC 2474, RFC 3168). */
  readonly tos: Uint8Array;
  /** TTL or hop limit with which the request arrived, if the socket reports it; 0 means unknown. */
  readonly hopLimits: Uint8Array;
  /** When the kernel received the request, in seconds since 1970, if the socket reports it; 0 means unknown. */
  readonly arrivalSeconds: Uint32Array;
  /** The nanoseconds to `arrivalSeconds`. */
  readonly arrivalNanoseconds: Uint32Array;
  /**
   * The size of the largest fragment of a datagram that arrived in fragments, with its IP header; 0 if it arrived whole,
   * or if the socket does not report it.
   */
  readonly fragmentBytes: Uint32Array;
  /** See `ANSWER` for the values, and who writes them when. */
  readonly verdicts: Uint8Array;
  /**
   * The `SendOutcome` of each reply; for a coalesced run, that of its first datagram. `receive` writes `SENT`, and
   * `send` writes any other outcome. The system's answer may follow later: see `DatagramSocket.tellOutcome`.
   */
  readonly outcomes: Uint8Array;

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
    this.fragmentBytes = new Uint32Array(capacity);
    this.verdicts = new Uint8Array(capacity);
    this.outcomes = new Uint8Array(capacity);
  }

  /**
   * Pads payload `index` with zeros to that length, for a reflector that was asked to send more than it received.
   * `lengthened` then says by how much.
   */
  lengthen(index: number, bytes: number): void {
    const length = this.lengths[index]!;
    const start = this.offsetOf(index);
    this.bytesOf(index).fill(0, start + length, start + bytes);
    this.lengths[index] = bytes;
    this.lengthened[index] = bytes - length;
  }

  /** A separate batch that holds only datagram `index`, for a reply that leaves later. */
  abstract copyOf(index: number): DatagramBatch;

  /** How many datagrams entry `index` holds: more than one only if they were coalesced. */
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

  /** Records the outcome of one of the datagrams of entry `index`. */
  noteOutcome(index: number, datagram: number, outcome: SendOutcome): void {
    if (datagram === 0) this.outcomes[index] = outcome;
  }

  /** Removes one datagram from the coalesced run in entry `index`. */
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
