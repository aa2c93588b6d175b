// SPDX-License-Identifier: MIT
// A batch of received datagrams as parallel arrays, filled by an engine and read by the server.
// The same batch goes back to the engine to be sent: a reply is its request, changed in place.

import type { SendOutcome } from './counters.ts';
import type { SocketAddress } from './ip-address.ts';

/**
 * What a batch's `verdicts` may hold, one byte for each datagram. In the order of a turn they are written by:
 *
 * 1. `receive`: `ANSWER`, for each.
 * 2. `Admission.judge`: the number of the first rule that refuses the datagram (`VERDICT` in server/admission.ts,
 *    from 1 up), or `ANSWER`.
 * 3. the service's reflector: the number of a rule of its protocol, by `refuse`, over an `ANSWER`.
 * 4. under impairment, `ImpairedNetwork.apply`: `FIRST_WITHHELD` or one of the next numbers, over an `ANSWER`.
 * 5. `send` on the Linux engine, while it runs: `DEALT_WITH`, over an `ANSWER`; it is `ANSWER` again when that returns.
 *
 * `send` sends what says `ANSWER`, and passes over every other number. Nobody else writes them. A copy (`copyOf`) says
 * `ANSWER`: what is held back is sent when it is due.
 */
export const ANSWER = 0;

/** From this number on the verdicts on what was lost on purpose, or is held back to leave later; see `withheldBy`. */
export const FIRST_WITHHELD = 200;

/** While `send` runs: the reply has gone, waits for its neighbour, or was dropped and counted. */
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
  /** See `ANSWER`: what they may hold, and who writes it when. */
  readonly verdicts: Uint8Array;
  /**
   * The `SendOutcome` of each reply; of a coalesced run, that of its first datagram. `receive` writes `SENT`, and
   * `send` writes what else became of it. The system's answer may follow later: see `DatagramSocket.tellOutcome`.
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
    this.verdicts = new Uint8Array(capacity);
    this.outcomes = new Uint8Array(capacity);
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

  /** Notes what became of one of the datagrams of entry `index`. */
  noteOutcome(index: number, datagram: number, outcome: SendOutcome): void {
    if (datagram === 0) this.outcomes[index] = outcome;
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
