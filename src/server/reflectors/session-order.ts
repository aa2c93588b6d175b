// SPDX-License-Identifier: MIT
// Which session goes where there is no room for a new one. Sources that are forged have one packet a session,
// or send what they like; whatever they do, a session that runs is kept, but where its source has many.
//
// In this order go: one that is over; of the source with most, where that is more than its share, the oldest
// with one packet; where few have one packet, the oldest that runs of that source, if the new one's has
// fewer, or the one that was silent for longest, if for long; the oldest with one packet.

import { IndexLists } from './index-lists.ts';
import type { SessionEntries, SessionKey } from './session-entries.ts';
import { SessionSources } from './session-sources.ts';

/** Sessions of one source that no other source takes from it as long as they run. */
export const SOURCE_SHARE = 64;

/** A session without a packet for longer does not run, and goes where there is no room. */
export const KEPT_SILENT_SECONDS = 60;

/**
 * Of all sessions so many may be those that had one packet before a new one takes the place of the oldest of
 * them: long enough for whoever begins to send a second packet.
 */
export const KEPT_TRIALS = 1 / 8;

/** What a session is: one packet long so far, which whoever forges an address can make, or more. */
const TRIAL = 0;
const RUNNING = 1;

export class SessionOrder {
  readonly #sources: SessionSources;
  readonly #sourceOf: Int32Array;
  readonly #kindOf: Uint8Array;
  readonly #entries: SessionEntries;
  /** Sessions of each kind, that whose last packet is oldest first; of all, and of each source. */
  readonly #ofAll: IndexLists;
  readonly #ofSource: IndexLists;

  readonly #keptTrials: number;
  #trials = 0;

  /** @param entries  what is told of each session; none of it is changed here */
  constructor(entries: SessionEntries) {
    const sessions = entries.capacity;
    this.#entries = entries;
    this.#keptTrials = Math.ceil(sessions * KEPT_TRIALS);
    this.#sources = new SessionSources(sessions, entries.salt);
    this.#sourceOf = new Int32Array(sessions);
    this.#kindOf = new Uint8Array(sessions);
    this.#ofAll = new IndexLists(2, sessions);
    this.#ofSource = new IndexLists(2 * sessions, sessions);
  }

  /**
   * A session had its first packet, and is the latest of those that had no other.
   *
   * @returns false where the source can't be told from others; then it is not added
   */
  add(session: number, key: Readonly<SessionKey>): boolean {
    const source = this.#sources.add(key);
    if (source < 0) return false;
    this.#sourceOf[session] = source;
    this.#push(session, TRIAL);
    return true;
  }

  /** A session had another packet, and is the latest of those that run. */
  touch(session: number): void {
    this.#take(session);
    this.#push(session, RUNNING);
  }

  remove(session: number): void {
    this.#take(session);
    this.#sources.remove(this.#sourceOf[session]!);
  }

  /** True where a session has had one packet. */
  isTrial(session: number): boolean {
    return this.#kindOf[session] === TRIAL;
  }

  /**
   * The session that is to go for a new one of this key; −1 where none is.
   *
   * @param endSeconds  a session is over whose last packet was before that
   */
  victim(key: Readonly<SessionKey>, nowSeconds: number, endSeconds: number): number {
    const oldest = this.#ofAll.first(RUNNING);
    const lastSeconds = oldest < 0 ? Infinity : this.#entries.lastSeconds(oldest);
    if (lastSeconds < endSeconds) return oldest;
    const heavy = this.#heavy();
    const itsTrial = heavy < 0 ? -1 : this.#ofSource.first(2 * heavy + TRIAL);
    if (itsTrial >= 0) return itsTrial;
    if (this.#trials < this.#keptTrials) {
      const count = this.#sources.countOf(this.#sources.find(key));
      // With one more it must not have as many as the other has left, or two would take from each other.
      const hasFewer = heavy >= 0 && count + 1 < this.#sources.countOf(heavy);
      if (hasFewer) return this.#ofSource.first(2 * heavy + RUNNING);
      if (nowSeconds - lastSeconds > KEPT_SILENT_SECONDS) return oldest;
      if (count >= SOURCE_SHARE) return -1;
    }
    return this.#ofAll.first(TRIAL);
  }

  /** The source with most sessions, where those are more than its share; −1 is none. */
  #heavy(): number {
    const { heaviest } = this.#sources;
    return this.#sources.countOf(heaviest) > SOURCE_SHARE ? heaviest : -1;
  }

  #push(session: number, kind: number): void {
    this.#kindOf[session] = kind;
    if (kind === TRIAL) this.#trials++;
    this.#ofAll.push(kind, session);
    this.#ofSource.push(2 * this.#sourceOf[session]! + kind, session);
  }

  #take(session: number): void {
    const kind = this.#kindOf[session]!;
    if (kind === TRIAL) this.#trials--;
    this.#ofAll.remove(kind, session);
    this.#ofSource.remove(2 * this.#sourceOf[session]! + kind, session);
  }
}
