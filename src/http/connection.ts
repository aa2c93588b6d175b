// SPDX-License-Identifier: MIT
// One connection, one request: Node's HTTP server sees the head of the first request and nothing after it. Otherwise it
// would create two objects for each request as fast as they arrive (some 2,500 in one read of 64 KiB), whether or not
// they will be answered.

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { sourceOf, type Guest } from '../socket/who-gives-way.ts';

/** Time limit for the head of the request. */
const HEAD_MS = 5000;

/** Time limit from there to the last byte of the response; 89 kB in that time are 24 kbit/s. */
const ANSWER_MS = 30_000;

/**
 * Time for the client to close first, once it has everything: closing with unread bytes resets the connection, and the
 * response may be lost (RFC 9112 section 9.6).
 */
const LINGER_MS = 1000;

/** In the order in which connections are worth keeping. */
const STAGES = ['answered', 'asking', 'answering', 'following'] as const;

/** Why a connection was closed early. */
export type Cut = 'too_many' | 'too_slow';

/** RFC 9110 section 15.5.9. */
const REQUEST_TIMEOUT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

export class Connection extends Duplex implements Guest {
  readonly source: string;
  readonly #socket: Socket;
  readonly #onCut: (why: Cut) => void;
  /** What is read and written: the socket, or TLS on it. */
  #stream: Duplex | undefined;
  #stage: (typeof STAGES)[number] = 'asking';
  #timer: NodeJS.Timeout | undefined;
  #isLineEmpty = false;

  constructor(socket: Socket, onCut: (why: Cut) => void) {
    super();
    this.source = sourceOf(socket.remoteAddress ?? '');
    this.#socket = socket;
    this.#onCut = onCut;
    // The fault is the client's: the socket is closed, and there is nothing else to do.
    socket.on('error', () => undefined);
    socket.on('close', () => this.destroy());
    this.on('error', () => undefined);
    this.finishWithin(HEAD_MS);
  }

  /** @param stream  the socket, or TLS on it */
  begin(stream: Duplex): void {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    stream.on('end', () => {
      this.#hearNoMore();
    });
    stream.on('error', () => undefined);
    stream.on('close', () => this.destroy());
  }

  /** Whether it is TLS on this connection's socket. */
  isBelow({ remotePort, remoteAddress, localAddress }: Socket): boolean {
    const own = this.#socket;
    if (remotePort !== own.remotePort || remoteAddress !== own.remoteAddress) return false;
    return localAddress === own.localAddress;
  }

  get standing(): number {
    return STAGES.indexOf(this.#stage);
  }

  /** The response continues as long as the client wants. */
  follow(): void {
    this.#stage = 'following';
    this.finishWithin(undefined);
  }

  /** Closes the connection after this time, which replaces an earlier limit. */
  finishWithin(limitMs: number | undefined): void {
    clearTimeout(this.#timer);
    if (limitMs === undefined || this.destroyed) return;
    this.#timer = setTimeout(() => {
      if (this.#stage === 'asking') this.#stream?.write(REQUEST_TIMEOUT);
      this.cut('too_slow');
    }, limitMs);
    this.#timer.unref();
  }

  /** Closes the connection early, which is counted. A client that has its response loses nothing. */
  cut(why: Cut): void {
    if (this.destroyed) return;
    if (this.#stage !== 'answered') this.#onCut(why);
    this.destroy();
  }

  #take(chunk: Buffer): void {
    const end = this.#stage === 'asking' ? this.#endOfHead(chunk) : 0;
    if (end > 0) this.push(chunk.subarray(0, end));
    // A body, or more requests: the rest stays in the kernel, which stops the sender.
    if (end < chunk.length) this.#stream?.pause();
  }

  /**
   * How many bytes belong to the head, which ends with an empty line. Here a line ends with any line feed, whatever
   * precedes it: no parser sees fewer line ends.
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

  /**
   * A client that has sent its request may close its half and still gets the response; a client that follows a stream
   * has left.
   */
  #hearNoMore(): void {
    if (this.#stage === 'asking') this.push(null);
    if (this.#stage === 'following') this.destroy();
  }

  override _read(): void {
    // The head is parsed on arrival, and one longer than Node's parser allows ends the connection.
  }

  override _write(
    chunk: Uint8Array | string,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.#stream!.write(chunk, encoding, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#stream!.end(() => {
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
