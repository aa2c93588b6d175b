// SPDX-License-Identifier: MIT
// One rule for one target over time: quiet, pending, firing. What is unknown changes nothing: it neither raises nor clears.

import type { AlertState } from './alert-state.ts';

/** What a column makes of a condition; `undefined` if its numbers are unknown. */
type Holds = boolean | undefined;

export interface Judgement {
  readonly raise: Holds;
  readonly clear: Holds;
  readonly raiseForMs: number;
  readonly clearForMs: number;
  /** Time since the judgement before that was watched. */
  readonly watchedMs: number;
  readonly atMs: number;
}

export class AlertMachine {
  state: AlertState['state'] | 'quiet' = 'quiet';
  sinceMs = 0;
  /** When it was raised last. */
  raisedAtMs = 0;
  /** How long the condition for the next change has held; `undefined` while it does not. */
  #heldMs: number | undefined;

  /** @returns what happened, if anything did */
  judge(judgement: Judgement): 'raised' | 'cleared' | undefined {
    return this.state === 'firing' ? this.#judgeFiring(judgement) : this.#judgeQuiet(judgement);
  }

  /** It was firing before this program was started. */
  restore(sinceMs: number): void {
    this.state = 'firing';
    this.sinceMs = sinceMs;
    this.raisedAtMs = sinceMs;
  }

  #judgeQuiet({ raise, raiseForMs, watchedMs, atMs }: Judgement): 'raised' | undefined {
    if (raise === undefined) return undefined;
    if (!raise) {
      this.#become('quiet', atMs);
      return undefined;
    }
    if (this.state === 'quiet') this.#become('pending', atMs);
    if (this.#hold(watchedMs) < raiseForMs) return undefined;
    this.#become('firing', atMs);
    return 'raised';
  }

  #judgeFiring({ clear, clearForMs, watchedMs, atMs }: Judgement): 'cleared' | undefined {
    if (clear === undefined) return undefined;
    if (!clear) {
      this.#heldMs = undefined;
      return undefined;
    }
    if (this.#hold(watchedMs) < clearForMs) return undefined;
    this.#become('quiet', atMs);
    return 'cleared';
  }

  /** Counts from the first time that it holds. */
  #hold(watchedMs: number): number {
    this.#heldMs = this.#heldMs === undefined ? 0 : this.#heldMs + watchedMs;
    return this.#heldMs;
  }

  #become(state: AlertMachine['state'], atMs: number): void {
    if (this.state !== state) this.sinceMs = atMs;
    this.state = state;
    this.#heldMs = undefined;
  }
}
