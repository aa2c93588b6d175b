// SPDX-License-Identifier: MIT
// The sessions of a stateful STAMP reflector: whom each is with, and the number of its next reply. A
// table of fixed size in shared memory, so that a worker that is replaced goes on where it ended.

import { randomInt } from 'node:crypto';
import type { DatagramBatch } from '../../socket/datagram-batch.ts';
import { mix } from '../../random.ts';

/** Sessions at once, for each worker: 3 MiB, of which the system gives what is used. */
export const MAX_SESSIONS = 65_536;

/** A session without a packet for so long is over: REFWAIT of TWAMP (RFC 5357 section 4.2). */
export const SESSION_IDLE_SECONDS = 900;

/** Places where one session may be: as many are looked at for each packet. */
const WAYS = 8;
const SETS = MAX_SESSIONS / WAYS;

/** Words of the table before its first entry: the salt. */
const HEADER_WORDS = 1;

/** Words of an entry. */
const ENTRY = {
  words: 12,
  address: 0,
  /** Source port, then SSID. */
  portAndSsid: 4,
  /** Number of the local socket plus one; 0 is a free entry. */
  socket: 5,
  /** Of the next reply. */
  sequence: 6,
  lastSeconds: 7,
  /** Of the reply before: its number, and T3 as two words. */
  sentSequence: 8,
  sentHigh: 9,
  sentLow: 10,
} as const;

const MEMORY_BYTES = (HEADER_WORDS + MAX_SESSIONS * ENTRY.words) * 4;

/** A reply that was sent: its number, and T3 as its two words. */
export interface SentReply {
  sequence: number;
  high: number;
  low: number;
}

export class StampSessions {
  readonly #words: Uint32Array;
  readonly #before: SentReply = { sequence: 0, high: 0, low: 0 };

  /** Memory for a table, with a salt so that nobody can fill one set on purpose. */
  static createMemory(): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(MEMORY_BYTES);
    new Uint32Array(memory, 0, 1)[0] = randomInt(2 ** 32);
    return memory;
  }

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Uint32Array(memory);
  }

  /**
   * Finds the session of a datagram, or begins one.
   *
   * @param socket      which of this thread's sockets it came to
   * @param nowSeconds  on a clock that all threads share and nobody sets back
   * @returns the session, or −1 where there is room for none: each of its places holds one that is not over
   */
  find(
    batch: DatagramBatch,
    index: number,
    ssid: number,
    socket: number,
    nowSeconds: number,
  ): number {
    const words = this.#words;
    const portAndSsid = ((batch.sourcePorts[index]! << 16) | ssid) >>> 0;
    const first = this.#setOf(batch.sourceWords, index * 4, portAndSsid ^ socket);
    let free = -1;
    for (let way = 0; way < WAYS; way++) {
      const at = first + way * ENTRY.words;
      const isOver = nowSeconds - words[at + ENTRY.lastSeconds]! > SESSION_IDLE_SECONDS;
      if (words[at + ENTRY.socket] === 0 || isOver) {
        if (free === -1) free = at;
      } else if (this.#isOf(at, batch.sourceWords, index * 4, portAndSsid, socket)) {
        words[at + ENTRY.lastSeconds] = nowSeconds;
        return at;
      }
    }
    if (free === -1) return -1;
    words.fill(0, free, free + ENTRY.words);
    for (let word = 0; word < 4; word++) {
      words[free + ENTRY.address + word] = batch.sourceWords[index * 4 + word]!;
    }
    words[free + ENTRY.portAndSsid] = portAndSsid;
    words[free + ENTRY.socket] = socket + 1;
    words[free + ENTRY.lastSeconds] = nowSeconds;
    return free;
  }

  /** The number of the session's next reply, from 0. */
  nextSequence(session: number): number {
    const sequence = this.#words[session + ENTRY.sequence]!;
    this.#words[session + ENTRY.sequence] = sequence + 1;
    return sequence;
  }

  /** Notes the number and T3 of a session's reply. */
  noteSent(session: number, sequence: number, high: number, low: number): void {
    this.#words[session + ENTRY.sentSequence] = sequence;
    this.#words[session + ENTRY.sentHigh] = high;
    this.#words[session + ENTRY.sentLow] = low;
  }

  /** The reply that was noted last, valid until the next call; `undefined` is none. */
  before(session: number): SentReply | undefined {
    const high = this.#words[session + ENTRY.sentHigh]!;
    if (high === 0) return undefined;
    this.#before.sequence = this.#words[session + ENTRY.sentSequence]!;
    this.#before.high = high;
    this.#before.low = this.#words[session + ENTRY.sentLow]!;
    return this.#before;
  }

  #setOf(address: Uint32Array, at: number, rest: number): number {
    let hash = mix(this.#words[0]! ^ rest);
    for (let word = at; word < at + 4; word++) hash = mix(hash ^ address[word]!);
    return HEADER_WORDS + ((hash >>> 0) % SETS) * WAYS * ENTRY.words;
  }

  #isOf(
    entry: number,
    address: Uint32Array,
    at: number,
    portAndSsid: number,
    socket: number,
  ): boolean {
    const words = this.#words;
    return (
      words[entry + ENTRY.portAndSsid] === portAndSsid &&
      words[entry + ENTRY.socket] === socket + 1 &&
      words[entry + ENTRY.address + 3] === address[at + 3] &&
      words[entry + ENTRY.address + 2] === address[at + 2] &&
      words[entry + ENTRY.address + 1] === address[at + 1] &&
      words[entry + ENTRY.address] === address[at]
    );
  }
}
