// SPDX-License-Identifier: MIT
// Remembers which destinations are known to be reachable, in a table of fixed size. A reply to a destination whose
// neighbour does not answer (ARP, RFC 826; neighbour discovery, RFC 4861) waits in the kernel for seconds and is
// charged to the socket meanwhile.

import { mix } from '../../random.ts';

/** Destinations remembered at once: 4,096 sets of four ways. */
const ENTRIES = 16_384;
const WAYS = 4;
const SETS = ENTRIES / WAYS;

/** How long a destination counts as reachable after a reply has left for it. */
const REACHED_MS = 1000;

/** An established destination that was used within this time is not replaced by a new one. */
const KEPT_MS = 30_000;

/** There is no room to remember a destination: every reply to it counts as its first. */
export const NOT_REMEMBERED = -1;

export class KnownDestinations {
  readonly #salt: number;
  readonly #tags = new Uint32Array(ENTRIES);
  readonly #usedAtMs = new Float64Array(ENTRIES);
  /** When a reply was last known to have left; 0 is never. */
  readonly #reachedAtMs = new Float64Array(ENTRIES);
  /** 1 if a reply waits. */
  readonly #waiting = new Uint8Array(ENTRIES);
  /** 1 if replies left more than `REACHED_MS` apart: a client, not a forged address that appeared once. */
  readonly #established = new Uint8Array(ENTRIES);

  /** @param salt  random, so that nobody can choose addresses that fall into one set */
  constructor(salt: number) {
    this.#salt = salt;
  }

  /**
   * The entry of the destination at `words[at … at + 3]`; a new one if it has none.
   *
   * @param scope  the zone of a link-local address, else 0
   * @returns `NOT_REMEMBERED` if every entry that it could have is in use
   */
  entryOf(words: Uint32Array, at: number, scope: number, nowMs: number): number {
    let hash = mix(this.#salt ^ scope);
    for (let word = at; word < at + 4; word++) hash = mix(hash ^ words[word]!);
    // Tag 0 marks an entry that was never used.
    const tag = (mix(hash ^ this.#salt) | 1) >>> 0;
    const first = ((hash >>> 0) % SETS) * WAYS;
    for (let entry = first; entry < first + WAYS; entry++) {
      if (this.#tags[entry] !== tag) continue;
      this.#usedAtMs[entry] = nowMs;
      return entry;
    }
    return this.#takeOne(first, tag, nowMs);
  }

  /** True if a reply left for it recently: another one will not have to wait. */
  isReached(entry: number, nowMs: number): boolean {
    if (entry === NOT_REMEMBERED || this.#reachedAtMs[entry] === 0) return false;
    return nowMs - this.#reachedAtMs[entry]! < REACHED_MS;
  }

  /** True if a reply has ever left for it, as far as is remembered. */
  wasReached(entry: number): boolean {
    return entry !== NOT_REMEMBERED && this.#reachedAtMs[entry] !== 0;
  }

  isWaiting(entry: number): boolean {
    return entry !== NOT_REMEMBERED && this.#waiting[entry] === 1;
  }

  /** A reply has left for it. */
  reach(entry: number, nowMs: number): void {
    if (entry === NOT_REMEMBERED) return;
    if (this.#reachedAtMs[entry] !== 0) this.#established[entry] = 1;
    this.#reachedAtMs[entry] = nowMs;
    this.#waiting[entry] = 0;
  }

  /** A reply to it waits in the kernel. */
  wait(entry: number): void {
    if (entry !== NOT_REMEMBERED) this.#waiting[entry] = 1;
  }

  /** The waiting reply is gone and never left: nothing is known about the destination any more. */
  forget(entry: number): void {
    if (entry === NOT_REMEMBERED) return;
    this.#waiting[entry] = 0;
    this.#reachedAtMs[entry] = 0;
    this.#established[entry] = 0;
  }

  /** The least recently used of the entries that may be replaced. */
  #takeOne(first: number, tag: number, nowMs: number): number {
    let oldest = NOT_REMEMBERED;
    for (let entry = first; entry < first + WAYS; entry++) {
      if (this.#isKept(entry, nowMs)) continue;
      if (oldest === NOT_REMEMBERED || this.#usedAtMs[entry]! < this.#usedAtMs[oldest]!) {
        oldest = entry;
      }
    }
    if (oldest === NOT_REMEMBERED) return NOT_REMEMBERED;
    this.forget(oldest);
    this.#tags[oldest] = tag;
    this.#usedAtMs[oldest] = nowMs;
    return oldest;
  }

  #isKept(entry: number, nowMs: number): boolean {
    if (this.#waiting[entry] === 1) return true;
    return this.#established[entry] === 1 && nowMs - this.#usedAtMs[entry]! < KEPT_MS;
  }
}
