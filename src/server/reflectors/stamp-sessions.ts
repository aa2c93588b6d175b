// SPDX-License-Identifier: MIT
// The sessions of a stateful STAMP reflector: the peer of each, and the number of its next reply. The entries are in
// shared memory, so that the replacement of a dead worker continues where that one stopped. The index, and the order in
// which sessions are replaced, are built from the entries and die with the worker.

import { HashChains } from './hash-chains.ts';
import {
  SessionEntries,
  type SenderStamp,
  type SentReply,
  type SessionKey,
} from './session-entries.ts';
import { SessionOrder } from './session-order.ts';

/**
 * Maximum sessions per worker: 4 MiB of entries, and 5 MiB to find and order them; the system allocates only what is
 * used.
 */
export const MAX_SESSIONS = 65_536;

/** A session without a packet for this long is over: REFWAIT of TWAMP (RFC 5357 section 4.2). */
export const SESSION_IDLE_SECONDS = 900;

const NO_SESSION = -1;

export class StampSessions {
  readonly #entries: SessionEntries;
  readonly #chains: HashChains;
  readonly #order: SessionOrder;
  /** Entries that are free again: at most one, except for those that another thread left. */
  readonly #free: number[] = [];
  /** How many sessions have started in each entry, modulo 2^32. */
  readonly #epochs: Uint32Array;
  readonly #freed: SessionKey = { words: new Uint32Array(4), at: 0, port: 0, ssid: 0, socket: 0 };
  readonly #before: SentReply = { sequence: 0, high: 0, low: 0 };

  /** Creates the memory of a thread's table. */
  static createMemory(sessions = MAX_SESSIONS): SharedArrayBuffer {
    return SessionEntries.createMemory(sessions);
  }

  /** @param memory  used by one thread at a time */
  constructor(memory: SharedArrayBuffer) {
    const entries = new SessionEntries(memory);
    this.#entries = entries;
    this.#chains = new HashChains(entries.capacity);
    this.#epochs = new Uint32Array(entries.capacity);
    this.#order = new SessionOrder(entries);
    this.#readEntries();
  }

  /**
   * Finds the session of a packet, or starts one if there is none, if the last one is over, or if the sender restarted.
   *
   * @param nowSeconds  on a clock that is never set back
   * @returns the index of the session, or −1 if there is no room
   */
  find(key: Readonly<SessionKey>, stamp: Readonly<SenderStamp>, nowSeconds: number): number {
    const hash = this.#entries.hashOf(key);
    let entry = this.#chains.first(hash);
    while (entry >= 0 && !this.#entries.isOf(entry, key)) entry = this.#chains.next(entry);
    if (entry < 0) return this.#begin(hash, key, stamp, nowSeconds);
    if (nowSeconds - this.#entries.lastSeconds(entry) > SESSION_IDLE_SECONDS) {
      this.#remove(entry);
      return this.#begin(hash, key, stamp, nowSeconds);
    }
    if (this.#entries.isRestart(entry, stamp)) this.#reset(entry, stamp);
    else this.#entries.follow(entry, stamp);
    this.#touch(entry, nowSeconds);
    return entry;
  }

  /** The number of the session's next reply, from 0. */
  nextSequence(session: number): number {
    const sequence = this.#entries.sequence(session);
    this.#entries.setSequence(session, sequence + 1);
    return sequence;
  }

  /** Distinguishes a session from others that have, or had, the same index. */
  epochOf(session: number): number {
    return this.#epochs[session]!;
  }

  /**
   * Records a reply. Other packets of the same batch may have replaced or restarted the session since it was found.
   *
   * @param epoch  the session's epoch when it was found
   */
  noteSent(session: number, epoch: number, sent: Readonly<SentReply>): void {
    if (this.#epochs[session] === epoch) this.#entries.noteSent(session, sent);
  }

  /** The reply that was recorded last, valid until the next call; `undefined` for none. */
  before(session: number, epoch: number): SentReply | undefined {
    if (this.#epochs[session] !== epoch) return undefined;
    return this.#entries.readSent(session, this.#before) ? this.#before : undefined;
  }

  #begin(
    hash: number,
    key: Readonly<SessionKey>,
    stamp: Readonly<SenderStamp>,
    nowSeconds: number,
  ): number {
    if (!this.#chains.hasRoom(hash)) return NO_SESSION;
    const entry = this.#room(key, nowSeconds);
    if (entry < 0) return NO_SESSION;
    this.#entries.write(entry, key);
    this.#entries.setLastSeconds(entry, nowSeconds);
    this.#reset(entry, stamp);
    if (!this.#order.add(entry, key)) {
      this.#free.push(entry);
      return NO_SESSION;
    }
    this.#chains.add(hash, entry);
    this.#entries.take(entry, key);
    return entry;
  }

  /** A free entry, if need be after removing another session; −1 if no session may be removed. */
  #room(key: Readonly<SessionKey>, nowSeconds: number): number {
    if (this.#free.length === 0) {
      const { used, capacity } = this.#entries;
      if (used < capacity) {
        this.#entries.used = used + 1;
        return used;
      }
      const victim = this.#order.victim(key, nowSeconds, nowSeconds - SESSION_IDLE_SECONDS);
      if (victim >= 0) this.#remove(victim);
    }
    return this.#free.pop() ?? -1;
  }

  #remove(entry: number): void {
    this.#entries.readKey(entry, this.#freed);
    this.#entries.free(entry);
    this.#chains.remove(this.#entries.hashOf(this.#freed), entry);
    this.#order.remove(entry);
    this.#free.push(entry);
  }

  #reset(entry: number, stamp: Readonly<SenderStamp>): void {
    this.#entries.reset(entry, stamp);
    this.#epochs[entry]!++;
  }

  /** Updating its place in the order once a second is enough. */
  #touch(entry: number, nowSeconds: number): void {
    if (this.#entries.lastSeconds(entry) === nowSeconds && !this.#order.isTrial(entry)) return;
    this.#entries.setLastSeconds(entry, nowSeconds);
    this.#order.touch(entry);
  }

  /** Indexes and orders the sessions that another thread left. */
  #readEntries(): void {
    const entries = Array.from({ length: this.#entries.used }, (_, entry) => entry);
    const last = (entry: number): number => this.#entries.lastSeconds(entry);
    entries.sort((one, other) => last(one) - last(other));
    for (const entry of entries) this.#readEntry(entry);
  }

  #readEntry(entry: number): void {
    const key = this.#freed;
    this.#entries.readKey(entry, key);
    // An entry that the thread was about to write is free.
    if (this.#entries.isFree(entry) || !this.#order.add(entry, key)) {
      this.#entries.free(entry);
      this.#free.push(entry);
      return;
    }
    if (this.#entries.sequence(entry) > 1) this.#order.touch(entry);
    this.#chains.add(this.#entries.hashOf(key), entry);
  }
}
