// SPDX-License-Identifier: MIT
// What the watch says each second, kept up to date here; and how long it has been silent.

import type { AlertState } from '../../watch/alerts/alert-state.ts';
import type { ApiLive, ApiStatus, ApiWatch } from '../watch-api.ts';
import { API, searchOf } from './ask.ts';

/** Without a message for so long, what a page shows is old. */
const SILENT_MS = 30_000;

/** A browser asks again by itself unless it was refused. */
const RETRY_MS = 3000;

const TICK_MS = 1000;

export class Live {
  readonly statuses = new Map<string, ApiStatus>();
  watch: ApiWatch | undefined;
  alerts: readonly AlertState[] = [];
  readonly #url: string;
  readonly #onNews: () => void;
  readonly #ticks: number;
  #events: EventSource | undefined;
  #retry: number | undefined;
  #isFirst = true;
  #heardAt = performance.now();
  /** The watch's clock when it was heard: a browser's own may be wrong. */
  #heardMs = NaN;

  /**
   * @param key     of the one target to hear of; of all without one
   * @param onNews  called after each message, and each second without one
   */
  constructor(key: string | undefined, onNews: () => void) {
    this.#url = `${API}live${key === undefined ? '' : searchOf({ key })}`;
    this.#onNews = onNews;
    this.#ticks = window.setInterval(() => {
      if (performance.now() - this.#heardAt > TICK_MS) onNews();
    }, TICK_MS);
    this.#follow();
  }

  /** Whether anything was ever heard. */
  get isKnown(): boolean {
    return !Number.isNaN(this.#heardMs);
  }

  /** Now, by the watch's clock. */
  get nowMs(): number {
    return this.isKnown ? this.#heardMs + (performance.now() - this.#heardAt) : Date.now();
  }

  /** When the latest message was made, by the watch's clock. */
  get heardMs(): number {
    return this.#heardMs;
  }

  get isSilent(): boolean {
    return performance.now() - this.#heardAt > SILENT_MS;
  }

  close(): void {
    clearInterval(this.#ticks);
    clearTimeout(this.#retry);
    this.#events?.close();
  }

  #follow(): void {
    const events = new EventSource(this.#url);
    this.#events = events;
    events.addEventListener('open', () => {
      this.#isFirst = true;
    });
    events.addEventListener('message', ({ data }: MessageEvent<string>) => {
      this.#take(JSON.parse(data) as ApiLive);
    });
    events.addEventListener('error', () => {
      if (events.readyState !== EventSource.CLOSED) return;
      this.#retry = window.setTimeout(() => {
        this.#follow();
      }, RETRY_MS);
    });
  }

  #take({ nowMs, watch, targets, left, alerts }: ApiLive): void {
    if (this.#isFirst) this.statuses.clear();
    this.#isFirst = false;
    this.#heardAt = performance.now();
    this.#heardMs = nowMs;
    this.watch = watch ?? this.watch;
    this.alerts = alerts ?? this.alerts;
    for (const status of targets) this.statuses.set(status.target.key, status);
    for (const key of left) this.statuses.delete(key);
    this.#onNews();
  }
}

/** Since when there are numbers. */
export function knownSinceMs({ history, startedAtMs }: ApiWatch): number {
  return Math.min(history.oldestMs ?? startedAtMs, startedAtMs);
}
