// SPDX-License-Identifier: MIT
// Says whose requests are too short to be answered, while they come: their sender sees nothing but loss, and
// only who runs the server can know why.

import type { DatagramBatch } from '../../socket/datagram-batch.ts';
import type { StampLayout } from '../../wire/stamp.ts';
import type { StampPlan } from '../service.ts';

/** Between two notices, whoever sends, and whichever thread answers. */
const PAUSE_SECONDS = 10;

/** Sources that a thread has told of, which are not told of again; the oldest is forgotten first. */
const REMEMBERED = 64;

export class ShortRequests {
  readonly #layout: StampLayout;
  readonly #isAuthenticated: boolean;
  readonly #notify: (notice: string) => void;
  readonly #told = new Set<string>();
  /** One cell, shared by all threads: when the next request is looked at. */
  readonly #nextSeconds: Uint32Array;

  /** What all threads of a server share. */
  static createMemory(): SharedArrayBuffer {
    return new SharedArrayBuffer(Uint32Array.BYTES_PER_ELEMENT);
  }

  constructor(
    layout: StampLayout,
    { key, shortNotices }: Pick<StampPlan, 'key' | 'shortNotices'>,
    notify: (notice: string) => void,
  ) {
    this.#layout = layout;
    this.#isAuthenticated = key !== null;
    this.#nextSeconds = new Uint32Array(shortNotices);
    this.#notify = notify;
  }

  /**
   * Tells of a refused request: all threads together at most every 10 s, each once of a source; looks at one a
   * second.
   */
  note(batch: DatagramBatch, index: number, nowSeconds: number): void {
    const next = this.#nextSeconds[0]!;
    if (nowSeconds < next) return;
    const { address } = batch.peerOf(index);
    const isTold = this.#told.has(address);
    const after = nowSeconds + (isTold ? 1 : PAUSE_SECONDS);
    const isFirst = Atomics.compareExchange(this.#nextSeconds, 0, next, after) === next;
    if (isTold || !isFirst) return;
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
