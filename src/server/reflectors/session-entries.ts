// SPDX-License-Identifier: MIT
// The entries of a table of STAMP sessions, in shared memory.

import { randomInt } from 'node:crypto';
import { mix } from '../../random.ts';

/** Words before the first entry: the salt, and how many entries were ever used. */
const HEADER = { words: 16, salt: 0, used: 1 } as const;

/** Words of an entry, which is a cache line. */
const ENTRY = {
  words: 16,
  address: 0,
  /** Source port, then SSID. */
  portAndSsid: 4,
  /** Number of the local socket plus one; 0 marks a free entry. Written last. */
  socket: 5,
  /** Number of the next reply. */
  sequence: 6,
  lastSeconds: 7,
  /** The previous reply: its number, and T3 as two words. */
  sentSequence: 8,
  sentHigh: 9,
  sentLow: 10,
  /** The sender's packet with the highest number: that number, and T1. */
  senderSequence: 11,
  senderSeconds: 12,
  senderFraction: 13,
} as const;

/** Senders start at 0 (RFC 8762 section 4.2.1), or at 1 as ours does. */
const LAST_FIRST_NUMBER = 1;

/** Identifies a session. */
export interface SessionKey {
  /** The source address is at `words[at … at + 3]`. */
  words: Uint32Array;
  at: number;
  port: number;
  ssid: number;
  /** The socket of this thread that receives its packets. */
  socket: number;
}

/** What a sender wrote into its packet. */
export interface SenderStamp {
  sequence: number;
  /** T1: seconds since 1900 modulo 2^32, and the fraction of a second in the sender's unit. */
  seconds: number;
  fraction: number;
}

/** A reply that was sent: its number, and T3 as two words. */
export interface SentReply {
  sequence: number;
  high: number;
  low: number;
}

export class SessionEntries {
  readonly capacity: number;
  readonly #words: Uint32Array;

  /** Memory for that many entries, with a salt so that nobody can choose keys that are slow to find. */
  static createMemory(entries: number): SharedArrayBuffer {
    const memory = new SharedArrayBuffer((HEADER.words + entries * ENTRY.words) * 4);
    new Uint32Array(memory)[HEADER.salt] = randomInt(2 ** 32);
    return memory;
  }

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Uint32Array(memory);
    this.capacity = (this.#words.length - HEADER.words) / ENTRY.words;
  }

  get salt(): number {
    return this.#words[HEADER.salt]!;
  }

  /** Entries from this one on were never used. */
  get used(): number {
    return this.#words[HEADER.used]!;
  }

  set used(entries: number) {
    this.#words[HEADER.used] = entries;
  }

  isFree(entry: number): boolean {
    return this.#words[at(entry) + ENTRY.socket] === 0;
  }

  /** Writes the key of an entry; call `take` afterwards. */
  write(entry: number, key: Readonly<SessionKey>): void {
    const words = this.#words;
    for (let word = 0; word < 4; word++) {
      words[at(entry) + ENTRY.address + word] = key.words[key.at + word]!;
    }
    words[at(entry) + ENTRY.portAndSsid] = portAndSsid(key);
  }

  take(entry: number, { socket }: Readonly<SessionKey>): void {
    this.#words[at(entry) + ENTRY.socket] = socket + 1;
  }

  free(entry: number): void {
    this.#words[at(entry) + ENTRY.socket] = 0;
  }

  isOf(entry: number, key: Readonly<SessionKey>): boolean {
    const words = this.#words;
    const address = at(entry) + ENTRY.address;
    return (
      words[at(entry) + ENTRY.portAndSsid] === portAndSsid(key) &&
      words[at(entry) + ENTRY.socket] === key.socket + 1 &&
      words[address + 3] === key.words[key.at + 3] &&
      words[address + 2] === key.words[key.at + 2] &&
      words[address + 1] === key.words[key.at + 1] &&
      words[address] === key.words[key.at]
    );
  }

  /** Reads the key of an entry into `key`. */
  readKey(entry: number, key: SessionKey): void {
    const words = this.#words;
    key.words = words;
    key.at = at(entry) + ENTRY.address;
    key.port = words[at(entry) + ENTRY.portAndSsid]! >>> 16;
    key.ssid = words[at(entry) + ENTRY.portAndSsid]! & 0xffff;
    key.socket = words[at(entry) + ENTRY.socket]! - 1;
  }

  hashOf(key: Readonly<SessionKey>): number {
    let hash = mix(this.salt ^ portAndSsid(key) ^ key.socket);
    for (let word = 0; word < 4; word++) hash = mix(hash ^ key.words[key.at + word]!);
    return hash;
  }

  lastSeconds(entry: number): number {
    return this.#words[at(entry) + ENTRY.lastSeconds]!;
  }

  setLastSeconds(entry: number, seconds: number): void {
    this.#words[at(entry) + ENTRY.lastSeconds] = seconds;
  }

  /** The number of the next reply. */
  sequence(entry: number): number {
    return this.#words[at(entry) + ENTRY.sequence]!;
  }

  setSequence(entry: number, sequence: number): void {
    this.#words[at(entry) + ENTRY.sequence] = sequence;
  }

  /** Starts a session with this packet. */
  reset(entry: number, stamp: Readonly<SenderStamp>): void {
    this.#words[at(entry) + ENTRY.sequence] = 0;
    this.#words[at(entry) + ENTRY.sentHigh] = 0;
    this.#noteSender(entry, stamp);
  }

  /** Continues a session with this packet. A packet out of order says nothing new about the sender. */
  follow(entry: number, stamp: Readonly<SenderStamp>): void {
    if (this.#aheadBy(entry, stamp) > 0) this.#noteSender(entry, stamp);
  }

  /**
   * True if the sender has restarted: its number is a first one again, and its T1 is later than that of its last
   * packet. A late or duplicated packet was sent earlier. If the last number was beyond half of the number space, this
   * may be a wrap-around (RFC 1982) instead, and counts as one.
   */
  isRestart(entry: number, stamp: Readonly<SenderStamp>): boolean {
    if (stamp.sequence > LAST_FIRST_NUMBER || this.#aheadBy(entry, stamp) > 0) return false;
    const words = this.#words;
    const laterSeconds = (stamp.seconds - words[at(entry) + ENTRY.senderSeconds]!) | 0;
    if (laterSeconds !== 0) return laterSeconds > 0;
    return stamp.fraction > words[at(entry) + ENTRY.senderFraction]!;
  }

  /** Records the number and T3 of a session's reply. */
  noteSent(entry: number, { sequence, high, low }: Readonly<SentReply>): void {
    this.#words[at(entry) + ENTRY.sentSequence] = sequence;
    this.#words[at(entry) + ENTRY.sentHigh] = high;
    this.#words[at(entry) + ENTRY.sentLow] = low;
  }

  /** Reads the reply that was recorded last; false if there is none. */
  readSent(entry: number, sent: SentReply): boolean {
    sent.sequence = this.#words[at(entry) + ENTRY.sentSequence]!;
    sent.high = this.#words[at(entry) + ENTRY.sentHigh]!;
    sent.low = this.#words[at(entry) + ENTRY.sentLow]!;
    return sent.high !== 0;
  }

  #aheadBy(entry: number, { sequence }: Readonly<SenderStamp>): number {
    return (sequence - this.#words[at(entry) + ENTRY.senderSequence]!) | 0;
  }

  #noteSender(entry: number, { sequence, seconds, fraction }: Readonly<SenderStamp>): void {
    this.#words[at(entry) + ENTRY.senderSequence] = sequence;
    this.#words[at(entry) + ENTRY.senderSeconds] = seconds;
    this.#words[at(entry) + ENTRY.senderFraction] = fraction;
  }
}

function at(entry: number): number {
  return HEADER.words + entry * ENTRY.words;
}

function portAndSsid({ port, ssid }: Readonly<SessionKey>): number {
  return ((port << 16) | ssid) >>> 0;
}
