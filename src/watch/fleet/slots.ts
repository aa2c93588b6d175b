// SPDX-License-Identifier: MIT
// When a target is probed: once per interval, at a phase that only its key determines. So targets are spread over the
// interval, and no edit of the list moves another target.

import { mix } from '../../random.ts';

/** FNV-1a over UTF-16 code units, then MurmurHash3's finaliser: similar names must not give similar phases. */
export function phaseOf(key: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < key.length; at++) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x0100_0193);
  }
  return (mix(hash) >>> 0) / 2 ** 32;
}

/** Times are nanoseconds since the start of the prober, on a monotonic clock. */
export class Slots {
  readonly #phaseNs: number;
  readonly #intervalNs: number;
  #next: number;
  #skipped = 0;

  /**
   * @param phase  from 0 to 1: where in each interval
   * @param fromNs  no slot is before it
   */
  constructor(phase: number, intervalNs: number, fromNs: number) {
    this.#phaseNs = phase * intervalNs;
    this.#intervalNs = intervalNs;
    this.#next = Math.max(0, Math.ceil((fromNs - this.#phaseNs) / intervalNs));
  }

  get nextNs(): number {
    return this.#phaseNs + this.#next * this.#intervalNs;
  }

  /** Slots that `take` skipped since the last call because they were more than an interval late. */
  takeSkipped(): number {
    const skipped = this.#skipped;
    this.#skipped = 0;
    return skipped;
  }

  /** @returns the intended time of the slot that is due; `undefined` if none is due */
  take(nowNs: number): number | undefined {
    const lateNs = nowNs - this.nextNs;
    if (lateNs < 0) return undefined;
    if (lateNs > this.#intervalNs) {
      const missed = Math.floor(lateNs / this.#intervalNs);
      this.#skipped += missed;
      this.#next += missed;
    }
    const intendedNs = this.nextNs;
    this.#next++;
    return intendedNs;
  }
}
