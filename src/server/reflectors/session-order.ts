// SPDX-License-Identifier: MIT
// Decides which session is replaced if there is no room for a new one. Forged sources send one packet per session, or
// whatever they like. Whatever they do, a running session is kept, unless its source has many.
//
// The first of these that exists is replaced: a session that is over; the oldest session with one packet of the source
// with the most sessions, if these are more than its share; if few sessions have one packet, that source's
// longest-silent running session, provided that the new session's source has fewer, or else the session that has been
// silent for longest, provided that this was long; the oldest session with one packet.

import { IndexLists } from './index-lists.ts';
import type { SessionEntries, SessionKey } from './session-entries.ts';
import { SessionSources } from './session-sources.ts';

/** The share of a source: this many running sessions are never replaced by other sources. */
export const SOURCE_SHARE = 64;

/** A session without a packet for longer does not count as running, and may be replaced if there is no room. */
export const KEPT_SILENT_SECONDS = 60;

/**
 * The share of sessions with one packet above which a new session replaces the oldest of them. It gives a new sender
 * enough time to send a second packet.
 */
export const KEPT_TRIALS = 1 / 8;

/** The kind of a session: it has had one packet, which anybody who forges an address can achieve, or more. */
const TRIAL = 0;
const RUNNING = 1;

export class SessionOrder {
  readonly #sources: SessionSources;
  readonly #sourceOf: Int32Array;
  readonly #kindOf: Uint8Array;
  readonly #entries: SessionEntries;
  /** The sessions of each kind, ordered by their last packet, oldest first; for all sources, and per source. */
  readonly #ofAll: IndexLists;
  readonly #ofSource: IndexLists;

  readonly #keptTrials: number;
  #trials = 0;

  /** @param entries  the entry of each session; read-only here */
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
   * Adds a session after its first packet, as the latest of those with one packet.
   *
   * @returns false if the source can't be distinguished from others; then the session is not added
   */
  add(session: number, key: Readonly<SessionKey>): boolean {
    const source = this.#sources.add(key);
    if (source < 0) return false;
    this.#sourceOf[session] = source;
    this.#push(session, TRIAL);
    return true;
  }

  /** Records another packet of a session, which makes it the latest of the running ones. */
  touch(session: number): void {
    this.#take(session);
    this.#push(session, RUNNING);
  }

  remove(session: number): void {
    this.#take(session);
    this.#sources.remove(this.#sourceOf[session]!);
  }

  /** True if a session has had one packet. */
  isTrial(session: number): boolean {
    return this.#kindOf[session] === TRIAL;
  }

  /**
   * The session to replace with a new one of this key; −1 for none.
   *
   * @param endSeconds  a session whose last packet was before this is over
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
      // After gaining one it must not have as many as the other has left, or two sources would take from each other in
      // turn.
      const hasFewer = heavy >= 0 && count + 1 < this.#sources.countOf(heavy);
      if (hasFewer) return this.#ofSource.first(2 * heavy + RUNNING);
      if (nowSeconds - lastSeconds > KEPT_SILENT_SECONDS) return oldest;
      if (count >= SOURCE_SHARE) return -1;
    }
    return this.#ofAll.first(TRIAL);
  }

  /** The source with the most sessions, if these are more than its share; −1 for none. */
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
