// SPDX-License-Identifier: MIT
// Limits how much may be sent to one client, so that forging a source address does not pay off.

/** Maximum bytes returned per byte received, as for a QUIC server (RFC 9000 section 8.1). */
const AMPLIFICATION_LIMIT = 3;

/** On loopback no address can be forged from outside: any datagram after a reply counts as an answer. */
const ANSWERS_ON_LOOPBACK = 1;

/**
 * A datagram does not show that its sender has seen a reply: a relay can't put a token into a payload that it doesn't
 * understand. An attacker who forges an address must send this many more datagrams, one after each reply; one who does
 * passes for a client (SECURITY.md).
 */
const ANSWERS_ELSEWHERE = 3;

/** Payload bytes received from a client and returned to it. */
export class Allowance {
  /** Replies that the client must answer until the limit is lifted. */
  readonly answersNeeded: number;
  #answers = 0;
  #hasUnansweredReply = false;
  #receivedBytes = 0;
  #returnedBytes = 0;

  constructor(isOnLoopback: boolean) {
    this.answersNeeded = isOnLoopback ? ANSWERS_ON_LOOPBACK : ANSWERS_ELSEWHERE;
  }

  /** True if the limit is lifted. */
  get hasAnswered(): boolean {
    return this.#answers >= this.answersNeeded;
  }

  /** Records a datagram of the client. */
  receive(payloadBytes: number): void {
    this.#receivedBytes += payloadBytes;
    if (!this.#hasUnansweredReply) return;
    this.#hasUnansweredReply = false;
    this.#answers++;
  }

  /** Takes the bytes of a reply. @returns false if too few are left, and the reply must not be sent */
  take(payloadBytes: number): boolean {
    const returnedBytes = this.#returnedBytes + payloadBytes;
    const limitBytes = AMPLIFICATION_LIMIT * this.#receivedBytes;
    if (!this.hasAnswered && returnedBytes > limitBytes) return false;
    this.#returnedBytes = returnedBytes;
    this.#hasUnansweredReply = true;
    return true;
  }
}
