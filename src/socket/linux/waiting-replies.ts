// SPDX-License-Identifier: MIT
// The replies that wait in the kernel until their neighbour answers: which they are, and how many may.

/**
 * How many replies may wait. The kernel's own table of neighbours holds 1,024 (arp(7), gc_thresh3), and
 * every one that waits takes a place there.
 */
const MAX_WAITING = 256;

/** Of the room that is left one reply may take this part, so that there is always some for the next. */
const SHARE = 1 / 16;

/** Of the send buffer replies may wait in this part; those to destinations reached before in a little more. */
const ROOM = 1 / 2;
const ROOM_OF_KNOWN = 5 / 8;

/** The kernel gives up a neighbour after three questions a second apart (arp(7)); a little later we do. */
const WAIT_MS = 4000;

/** The reply's number is not known, so that nothing will tell of its departure. */
export const NO_NUMBER = -1;

export interface WaitingReply {
  /** Of `KnownDestinations`. */
  readonly entry: number;
  /** The kernel's number of the datagram, or `NO_NUMBER`. */
  readonly id: number;
  readonly payloadBytes: number;
  readonly sinceMs: number;
}

/** What a socket has in its send buffer; bytes as the kernel charges them. */
export interface SendBufferUse {
  readonly bufferBytes: number;
  readonly usedBytes: number;
}

/**
 * The most that the kernel charges a socket for one datagram: struct sk_buff, headers, and memory in
 * powers of two. Measured on Linux 6.18 over Ethernet: 832 for up to 150 bytes of payload, 2,304 for
 * 1,400, 102,656 for 65,507.
 */
export function chargedBytes(payloadBytes: number): number {
  return 1024 + payloadBytes * 1.75;
}

export class WaitingReplies {
  /** The first come first. */
  readonly #replies: WaitingReply[] = [];
  #chargedBytes = 0;

  get count(): number {
    return this.#replies.length;
  }

  /**
   * Whether a reply that might have to wait may be sent.
   *
   * @param isKnown  its destination was reached before
   */
  mayAdd(
    payloadBytes: number,
    isKnown: boolean,
    { bufferBytes, usedBytes }: SendBufferUse,
  ): boolean {
    // The kernel drops some sooner than we know of.
    const taken = Math.min(this.#chargedBytes, usedBytes);
    if (taken === 0) return true;
    const charged = chargedBytes(payloadBytes);
    if (isKnown) return taken + charged <= bufferBytes * ROOM_OF_KNOWN;
    if (this.count >= MAX_WAITING) return false;
    return charged <= (bufferBytes * ROOM - taken) * SHARE;
  }

  add(reply: WaitingReply): void {
    this.#replies.push(reply);
    this.#chargedBytes += chargedBytes(reply.payloadBytes);
  }

  /** Takes out the reply with this number, which has left; `undefined` where none that waits has it. */
  take(id: number): WaitingReply | undefined {
    const index = this.#replies.findIndex((reply) => reply.id === id);
    return index === -1 ? undefined : this.#takeAt(index);
  }

  /** Takes out the first of those that the kernel has given up by now. */
  takeGivenUp(nowMs: number): WaitingReply | undefined {
    const first = this.#replies[0];
    if (first === undefined || nowMs - first.sinceMs < WAIT_MS) return undefined;
    return this.#takeAt(0);
  }

  #takeAt(index: number): WaitingReply {
    const [reply] = this.#replies.splice(index, 1);
    this.#chargedBytes -= chargedBytes(reply!.payloadBytes);
    return reply!;
  }
}
