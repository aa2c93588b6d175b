// SPDX-License-Identifier: MIT
// Counts the sessions of each source, and always knows the source with the most.

import { mix } from '../../random.ts';
import { sourceHigh, sourceLow } from '../../socket/source-key.ts';
import { HashChains } from './hash-chains.ts';
import { IndexLists } from './index-lists.ts';
import type { SessionKey } from './session-entries.ts';

export class SessionSources {
  readonly #salt: number;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #counts: Uint32Array;
  readonly #chains: HashChains;
  /** Sources by their number of sessions; those without any can be reused for others. */
  readonly #byCount: IndexLists;
  #used = 0;
  #most = 0;

  /**
   * @param sessions  maximum number of sessions, and therefore of sources
   * @param salt      random, so that nobody can choose addresses that are slow to find
   */
  constructor(sessions: number, salt: number) {
    this.#salt = salt;
    this.#high = new Uint32Array(sessions);
    this.#low = new Uint32Array(sessions);
    this.#counts = new Uint32Array(sessions);
    this.#chains = new HashChains(sessions);
    this.#byCount = new IndexLists(sessions + 1, sessions);
  }

  /** The source of a session; −1 if no recorded session has that source. */
  find({ words, at }: Readonly<SessionKey>): number {
    const high = sourceHigh(words, at);
    const low = sourceLow(words, at);
    let source = this.#chains.first(this.#hash(high, low));
    while (source >= 0 && !(this.#high[source] === high && this.#low[source] === low)) {
      source = this.#chains.next(source);
    }
    return source;
  }

  /** Adds a session. Returns its source, or −1 if that can't be distinguished from others. */
  add(key: Readonly<SessionKey>): number {
    let source = this.find(key);
    if (source < 0) source = this.#begin(key);
    if (source < 0) return -1;
    const count = this.#counts[source]!;
    if (count > 0) this.#byCount.remove(count, source);
    this.#setCount(source, count + 1);
    return source;
  }

  /** Removes one session of a source. */
  remove(source: number): void {
    const count = this.#counts[source]!;
    this.#byCount.remove(count, source);
    this.#setCount(source, count - 1);
    if (this.#byCount.first(this.#most) < 0) this.#most--;
    if (count > 1) return;
    this.#chains.remove(this.#hash(this.#high[source]!, this.#low[source]!), source);
  }

  /** Sessions of a source; the source −1 has none. */
  countOf(source: number): number {
    return source < 0 ? 0 : this.#counts[source]!;
  }

  /** A source with the most sessions; −1 if there is none. */
  get heaviest(): number {
    return this.#most === 0 ? -1 : this.#byCount.first(this.#most);
  }

  #begin({ words, at }: Readonly<SessionKey>): number {
    const high = sourceHigh(words, at);
    const low = sourceLow(words, at);
    const hash = this.#hash(high, low);
    if (!this.#chains.hasRoom(hash)) return -1;
    const source = this.#free();
    this.#high[source] = high;
    this.#low[source] = low;
    this.#chains.add(hash, source);
    return source;
  }

  #free(): number {
    const source = this.#byCount.first(0);
    if (source < 0) return this.#used++;
    this.#byCount.remove(0, source);
    return source;
  }

  #setCount(source: number, count: number): void {
    this.#counts[source] = count;
    this.#byCount.push(count, source);
    this.#most = Math.max(this.#most, count);
  }

  #hash(high: number, low: number): number {
    return mix(mix(this.#salt ^ high) ^ low);
  }
}
