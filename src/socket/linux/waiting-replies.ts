// SPDX-License-Identifier: MIT
// The replies that wait in the kernel until their neighbour answers: which ones, and how many may.

/**
 * How many replies may wait. The kernel's own neighbour table holds 1,024 entries (arp(7), gc_thresh3), and every
 * waiting reply takes one.
 */
const MAX_WAITING = 256;

/** One reply may take this share of the remaining room, so that there is always some left for the next. */
const SHARE = 1 / 16;

/** Replies may wait in this share of the send buffer; those to destinations reached before in a little more. */
const ROOM = 1 / 2;
const ROOM_OF_KNOWN = 5 / 8;

/** The kernel gives up on a neighbour after three requests a second apart (arp(7)); this is a little longer. */
const WAIT_MS = 4000;

/** The reply's number is not known, so no report of its departure can be matched. */
export const NO_NUMBER = -1;

export interface WaitingReply {
  /** The entry in `KnownDestinations`. */
  readonly entry: number;
  /** The kernel's number of the datagram, or `NO_NUMBER`. */
  readonly id: number;
  readonly payloadBytes: number;
  readonly sinceMs: number;
}

/** The use of a socket's send buffer, in bytes as the kernel charges them. */
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
  /** In the order in which they were sent. */
  readonly #replies: WaitingReply[] = [];
  #chargedBytes = 0;

  get count(): number {
    return this.#replies.length;
  }

  /**
   * True if a reply that might have to wait may be sent.
   *
   * @param isKnown  true if its destination was reached before
   */
  mayAdd(
    payloadBytes: number,
    isKnown: boolean,
    { bufferBytes, usedBytes }: SendBufferUse,
  ): boolean {
    // The kernel may have dropped some without our knowing yet.
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

  /** Removes the reply with this number, which has left; `undefined` if no waiting reply has it. */
  take(id: number): WaitingReply | undefined {
    const index = this.#replies.findIndex((reply) => reply.id === id);
    return index === -1 ? undefined : this.#takeAt(index);
  }

  /** Removes the first of those that the kernel has given up by now. */
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
