// SPDX-License-Identifier: MIT
// Says whose requests are too short to be answered, while they come: their sender sees nothing but loss, and
// only who runs the server can know why.

import type { DatagramBatch } from '../../socket/datagram-batch.ts';
import type { StampLayout } from '../../wire/stamp.ts';

/** Between two notices, whoever sends. */
const PAUSE_SECONDS = 10;

/** Sources that were told of, which are not told of again; the oldest is forgotten first. */
const REMEMBERED = 64;

export class ShortRequests {
  readonly #layout: StampLayout;
  readonly #isAuthenticated: boolean;
  readonly #notify: (notice: string) => void;
  readonly #told = new Set<string>();
  #nextSeconds = 0;

  constructor(layout: StampLayout, isAuthenticated: boolean, notify: (notice: string) => void) {
    this.#layout = layout;
    this.#isAuthenticated = isAuthenticated;
    this.#notify = notify;
  }

  /** Tells of a refused request, once for each source and at most every 10 s; looks at one a second. */
  note(batch: DatagramBatch, index: number, nowSeconds: number): void {
    if (nowSeconds < this.#nextSeconds) return;
    const { address } = batch.peerOf(index);
    this.#nextSeconds = nowSeconds + 1;
    if (this.#told.has(address)) return;
    this.#nextSeconds = nowSeconds + PAUSE_SECONDS;
    this.#remember(address);
    this.#notify(this.#noticeOf(address, batch.lengths[index]!));
  }

  #remember(address: string): void {
    const [oldest] = this.#told;
    if (this.#told.size >= REMEMBERED && oldest !== undefined) this.#told.delete(oldest);
    this.#told.add(address);
  }

  #noticeOf(address: string, octets: number): string {
    const { requestMinBytes, replyMinBytes } = this.#layout;
    const what = `STAMP requests of ${octets} octets from ${address} get no reply: it would have ${replyMinBytes} or more`;
    if (this.#isAuthenticated) return `${what}; the sender has to use the key`;
    const padding = `let the sender pad its packets by ${replyMinBytes - octets} octets or more`;
    if (octets < requestMinBytes) return `${what}; a STAMP packet has at least ${requestMinBytes}`;
    return `${what}; ${padding}, or allow its network and add --stamp-answer-short`;
  }
}
