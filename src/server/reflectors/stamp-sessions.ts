// SPDX-License-Identifier: MIT
// The sessions of a stateful STAMP reflector: the other end of each, and the number of its next reply. The
// entries are in shared memory, so that the replacement of a dead worker goes on where that one ended. The index
// and the order in which entries give way are built from them, and die with the worker.

import { HashChains } from './hash-chains.ts';
import {
  SessionEntries,
  type SenderStamp,
  type SentReply,
  type SessionKey,
} from './session-entries.ts';
import { SessionOrder } from './session-order.ts';

/**
 * Sessions at once, for each worker: 4 MiB of entries, and 5 MiB to find and order them; the system
 * gives what is used.
 */
export const MAX_SESSIONS = 65_536;

/** A session without a packet for so long is over: REFWAIT of TWAMP (RFC 5357 section 4.2). */
export const SESSION_IDLE_SECONDS = 900;

const NO_SESSION = -1;

export class StampSessions {
  readonly #entries: SessionEntries;
  readonly #chains: HashChains;
  readonly #order: SessionOrder;
  /** Entries that are free again: one at most, but for what another thread left. */
  readonly #free: number[] = [];
  /** How many sessions have begun in each entry, modulo 2^32. */
  readonly #epochs: Uint32Array;
  readonly #freed: SessionKey = { words: new Uint32Array(4), at: 0, port: 0, ssid: 0, socket: 0 };
  readonly #before: SentReply = { sequence: 0, high: 0, low: 0 };

  /** Memory of a thread's table. */
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
   * Finds the session of a packet, or begins one: where there is none, where the last one is over, and
   * where the sender began anew.
   *
   * @param nowSeconds  on a clock that nobody sets back
   * @returns the place of the session, or −1 where there is room for none
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

  /** Tells a session from others that have, or had, its place. */
  epochOf(session: number): number {
    return this.#epochs[session]!;
  }

  /**
   * Notes a reply. The session may have gone, or begun anew, since it was found: others of its batch came.
   *
   * @param epoch  the session's when it was found
   */
  noteSent(session: number, epoch: number, sent: Readonly<SentReply>): void {
    if (this.#epochs[session] === epoch) this.#entries.noteSent(session, sent);
  }

  /** The reply that was noted last, valid until the next call; `undefined` is none. */
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

  /** A free entry; −1 where there is none, and none of another session that is to go for this one. */
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

  /** Once a second is often enough to put it in order. */
  #touch(entry: number, nowSeconds: number): void {
    if (this.#entries.lastSeconds(entry) === nowSeconds && !this.#order.isTrial(entry)) return;
    this.#entries.setLastSeconds(entry, nowSeconds);
    this.#order.touch(entry);
  }

  /** Finds and orders what another thread left. */
  #readEntries(): void {
    const entries = Array.from({ length: this.#entries.used }, (_, entry) => entry);
    const last = (entry: number): number => this.#entries.lastSeconds(entry);
    entries.sort((one, other) => last(one) - last(other));
    for (const entry of entries) this.#readEntry(entry);
  }

  #readEntry(entry: number): void {
    const key = this.#freed;
    this.#entries.readKey(entry, key);
    // Free is one that the thread was about to write.
    if (this.#entries.isFree(entry) || !this.#order.add(entry, key)) {
      this.#entries.free(entry);
      this.#free.push(entry);
      return;
    }
    if (this.#entries.sequence(entry) > 1) this.#order.touch(entry);
    this.#chains.add(this.#entries.hashOf(key), entry);
  }
}
