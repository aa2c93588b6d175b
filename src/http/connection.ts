// SPDX-License-Identifier: MIT
// One connection, one request: Node's HTTP server sees the head of the first request and nothing after
// it. Given more, it makes two objects of each request as fast as they come (some 2,500 in one read of
// 64 KiB), whether or not they will be answered.

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { sourceOf, type Guest } from './who-gives-way.ts';

/** For the head of the request. */
const HEAD_MS = 5000;

/** From there to the last byte of the answer; 89 kB in that time are 24 kbit/s. */
const ANSWER_MS = 30_000;

/**
 * For the client to close first, once it has all: closing on bytes not read resets the connection, and
 * the answer may be lost with it (RFC 9112 section 9.6).
 */
const LINGER_MS = 1000;

/** By what they are worth to keep. */
const STAGES = ['answered', 'asking', 'answering', 'following'] as const;

/** Why it was closed before its time. */
export type Cut = 'too_many' | 'too_slow';

/** RFC 9110 section 15.5.9. */
const REQUEST_TIMEOUT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

export class Connection extends Duplex implements Guest {
  readonly source: string;
  readonly #socket: Socket;
  readonly #onCut: (why: Cut) => void;
  #stage: (typeof STAGES)[number] = 'asking';
  #timer: NodeJS.Timeout | undefined;
  #isLineEmpty = false;

  constructor(socket: Socket, onCut: (why: Cut) => void) {
    super();
    this.source = sourceOf(socket.remoteAddress ?? '');
    this.#socket = socket;
    this.#onCut = onCut;
    socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    socket.on('end', () => {
      this.#hearNoMore();
    });
    // What went wrong is the client's: it is closed, and that is all there is to do.
    socket.on('error', () => undefined);
    socket.on('close', () => this.destroy());
    this.on('error', () => undefined);
    this.finishWithin(HEAD_MS);
  }

  get standing(): number {
    return STAGES.indexOf(this.#stage);
  }

  /** The answer goes on for as long as the client likes. */
  follow(): void {
    this.#stage = 'following';
    this.finishWithin(undefined);
  }

  /** Is cut off after so long; an earlier limit is void. */
  finishWithin(limitMs: number | undefined): void {
    clearTimeout(this.#timer);
    if (limitMs === undefined || this.destroyed) return;
    this.#timer = setTimeout(() => {
      if (this.#stage === 'asking') this.#socket.write(REQUEST_TIMEOUT);
      this.cut('too_slow');
    }, limitMs);
    this.#timer.unref();
  }

  /** Closes it before its time, which is counted; one that has its answer loses nothing. */
  cut(why: Cut): void {
    if (this.destroyed) return;
    if (this.#stage !== 'answered') this.#onCut(why);
    this.destroy();
  }

  #take(chunk: Buffer): void {
    const end = this.#stage === 'asking' ? this.#endOfHead(chunk) : 0;
    if (end > 0) this.push(chunk.subarray(0, end));
    // A body, or more requests: the rest stays with the kernel, which stops the sender.
    if (end < chunk.length) this.#socket.pause();
  }

  /**
   * How many bytes belong to the head, which ends with an empty line. A line ends with a line feed
   * here, whatever is before it: no parser sees fewer ends than that.
   */
  #endOfHead(chunk: Buffer): number {
    for (let at = 0; at < chunk.length; at++) {
      if (chunk[at] === LINE_FEED && this.#isLineEmpty) {
        this.#stage = 'answering';
        this.finishWithin(ANSWER_MS);
        return at + 1;
      }
      this.#isLineEmpty =
        chunk[at] === LINE_FEED || (this.#isLineEmpty && chunk[at] === CARRIAGE_RETURN);
    }
    return chunk.length;
  }

  /** Who has asked may close that half and still gets the answer; who follows has left. */
  #hearNoMore(): void {
    if (this.#stage === 'asking') this.push(null);
    if (this.#stage === 'following') this.destroy();
  }

  override _read(): void {
    // The head comes by itself, and one that is longer than Node's parser allows ends the connection.
  }

  override _write(
    chunk: Uint8Array | string,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.#socket.write(chunk, encoding, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => {
      this.#stage = 'answered';
      this.finishWithin(LINGER_MS);
      done();
    });
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#socket.destroy();
    done(null);
  }
}
