// SPDX-License-Identifier: MIT
// Reports which sources send requests that are too short to be answered. The sender sees only loss, and only the
// server's operator can find out why.

import { countOf } from '../../quantities.ts';
import type { DatagramBatch } from '../../socket/datagram-batch.ts';
import type { StampLayout } from '../../wire/stamp.ts';
import type { StampPlan } from '../service.ts';

/** The pause between two notices, for all sources and threads together. */
const PAUSE_SECONDS = 10;

/** Sources that a thread has reported and does not report again; the oldest is forgotten first. */
const REMEMBERED = 64;

export class ShortRequests {
  readonly #layout: StampLayout;
  readonly #isAuthenticated: boolean;
  readonly #notify: (notice: string) => void;
  readonly #told = new Set<string>();
  /** One cell, shared by all threads: when the next request is examined. */
  readonly #nextSeconds: Uint32Array;

  /** Creates the memory that all threads of a server share. */
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
   * Reports a refused request: all threads together at most every 10 s, and each thread once per source. It examines
   * one request per second.
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
    const what = `STAMP requests of ${countOf(octets, 'octet')} from ${address} get no reply: it would have ${replyMinBytes} or more`;
    if (this.#isAuthenticated) return `${what}; the sender has to use the key`;
    const padding = `let the sender pad its packets by ${countOf(replyMinBytes - octets, 'octet')} or more`;
    if (octets < requestMinBytes) return `${what}; a STAMP packet has at least ${requestMinBytes}`;
    return `${what}; ${padding}, or allow its network and add --stamp-answer-short`;
  }
}
