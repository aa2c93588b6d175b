// SPDX-License-Identifier: MIT
// A token bucket per source, in a table of fixed size, whatever the number of sources.

import { mix } from '../random.ts';
import { sourceHigh, sourceLow } from '../socket/source-key.ts';

/** Sources remembered at once: 16,384 sets of four ways. */
const ENTRIES = 65_536;
const WAYS = 4;
const SETS = ENTRIES / WAYS;

const ENTRY_BYTES = { tag: 4, tokens: 8, time: 8 } as const;

/** Memory of one table, 1.25 MiB. */
export const LIMITER_BYTES = ENTRIES * (ENTRY_BYTES.tag + ENTRY_BYTES.tokens + ENTRY_BYTES.time);

export interface SourceLimiterOptions {
  /** Maximum replies per second to one source. */
  readonly ratePps: number;
  /** Datagrams that a source may send at once after a pause. */
  readonly burst: number;
  /** Random, so that nobody can choose addresses that fall into one set. */
  readonly salt: number;
  /**
   * `LIMITER_BYTES` of zeros, shared by all threads of a server. They write without locks: two threads that serve the
   * same source at the same moment may count two datagrams as one.
   */
  readonly memory: SharedArrayBuffer;
}

/** Limits each source; see source-key.ts. */
export class SourceLimiter {
  readonly #ratePerMs: number;
  readonly #burst: number;
  readonly #salt: number;
  readonly #tags: Uint32Array;
  readonly #tokens: Float64Array;
  readonly #times: Float64Array;

  constructor(options: SourceLimiterOptions) {
    this.#ratePerMs = options.ratePps / 1000;
    this.#burst = options.burst;
    this.#salt = options.salt;
    this.#tokens = new Float64Array(options.memory, 0, ENTRIES);
    this.#times = new Float64Array(options.memory, ENTRIES * 8, ENTRIES);
    this.#tags = new Uint32Array(options.memory, ENTRIES * 16, ENTRIES);
  }

  /**
   * Takes tokens for datagrams of the source at `words[at … at + 3]`.
   *
   * @param nowMs  a clock that all threads share and that never steps back
   * @returns how many of them may be answered
   */
  take(words: Uint32Array, at: number, datagrams: number, nowMs: number): number {
    const high = sourceHigh(words, at);
    const low = sourceLow(words, at);
    const hash = mix(mix(this.#salt ^ high) ^ low);
    // Tag 0 marks an entry that was never used.
    const tag = (mix(hash ^ high) | 1) >>> 0;
    const entry = this.#entryFor((hash >>> 0) % SETS, tag, nowMs);
    const tokens = this.#refilled(entry, nowMs);
    const taken = Math.min(datagrams, Math.floor(tokens));
    this.#tokens[entry] = tokens - taken;
    this.#times[entry] = nowMs;
    return taken;
  }

  /**
   * The source's entry. If it has none, the entry of its set with the most tokens: replacing a nearly full bucket loses
   * least.
   */
  #entryFor(set: number, tag: number, nowMs: number): number {
    const first = set * WAYS;
    let fullest = first;
    let most = -1;
    for (let entry = first; entry < first + WAYS; entry++) {
      if (this.#tags[entry] === tag) return entry;
      const tokens = this.#tags[entry] === 0 ? Infinity : this.#refilled(entry, nowMs);
      if (tokens > most) {
        most = tokens;
        fullest = entry;
      }
    }
    this.#tags[fullest] = tag;
    this.#tokens[fullest] = this.#burst;
    this.#times[fullest] = nowMs;
    return fullest;
  }

  #refilled(entry: number, nowMs: number): number {
    const elapsedMs = Math.max(0, nowMs - this.#times[entry]!);
    return Math.min(this.#burst, this.#tokens[entry]! + elapsedMs * this.#ratePerMs);
  }
}
