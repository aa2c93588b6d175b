// SPDX-License-Identifier: MIT
// Tells one receiver the latest state of each alert, until it has taken it. What it could not be told waits; of an alert
// that changes meanwhile, the latest state alone.

import { setTimeout as pause } from 'node:timers/promises';
import { systemCodeOf } from '../../errors.ts';
import { shownUrl, userAndPassword, withoutUser } from '../../options/http-url.ts';
import type { NotifierStatus } from './alert-state.ts';
import type { NoticeFormat } from './notice-format.ts';
import { noticeId, type Notice } from './notice.ts';

/** Alerts in one request. */
const MOST_AT_ONCE = 200;

/** Alerts that wait or are repeated. */
const MOST_NOTICES = 20_000;

const TIMEOUT_MS = 10_000;

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** Between two tellings of what is firing. */
const REPEAT_MS = 60_000;

/** For how long an end is repeated. */
const REPEAT_END_MS = 15 * 60_000;

/** For the last word when the watch stops. */
const PARTING_MS = 3_000;

export interface NotifierOptions {
  /** May have user and password. */
  readonly url: string;
  readonly format: NoticeFormat;
  readonly now: () => number;
  /** Called once when notices can't be delivered any more, until they can again. */
  readonly onFailure: (shownUrl: string, reason: string) => void;
}

interface Entry {
  notice: Notice;
  isDue: boolean;
}

export class Notifier {
  readonly #options: NotifierOptions;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #shownUrl: string;
  readonly #entries = new Map<string, Entry>();
  readonly #stop = new AbortController();
  readonly #repeating: NodeJS.Timeout | undefined;
  #sent = 0;
  #failures = 0;
  #lastError: string | null = null;
  #delivering: Promise<void> | undefined;
  #retry = new AbortController();

  constructor(options: NotifierOptions) {
    this.#options = options;
    const { url, headers, shown } = addressOf(options.url, options.format.path);
    this.#url = url;
    this.#headers = headers;
    this.#shownUrl = shown;
    if (options.format.isRepeated) {
      this.#repeating = setInterval(() => {
        this.#repeat();
      }, REPEAT_MS);
    }
  }

  get status(): NotifierStatus {
    return {
      kind: this.#options.format.kind,
      url: this.#shownUrl,
      sent: this.#sent,
      failures: this.#failures,
      lastError: this.#lastError,
    };
  }

  /** @param isNews  false for what the receiver was told before this program was started */
  tell(notice: Notice, isNews = true): void {
    const id = noticeId(notice);
    // As the latest: those that wait longest come first.
    this.#entries.delete(id);
    const isDue = isNews || this.#options.format.isRepeated;
    this.#entries.set(id, { notice, isDue });
    if (this.#entries.size > MOST_NOTICES) this.#entries.delete(this.#entries.keys().next().value!);
    if (isDue) this.#deliverSoon();
  }

  #repeat(): void {
    const nowMs = this.#options.now();
    for (const [id, entry] of this.#entries) {
      const { endsAtMs } = entry.notice;
      const isOver = endsAtMs !== null && nowMs - endsAtMs > REPEAT_END_MS;
      if (isOver && !entry.isDue) this.#entries.delete(id);
      else entry.isDue = true;
    }
    this.#deliverSoon();
  }

  #deliverSoon(): void {
    if (this.#stop.signal.aborted) return;
    this.#delivering ??= this.#deliverAll().finally(() => {
      this.#delivering = undefined;
    });
  }

  /** Until nothing is due, or the watch stops. */
  async #deliverAll(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    // What comes in the same turn goes together.
    await Promise.resolve();
    for (let due = this.#due(); due.length > 0; due = this.#due()) {
      if (await this.#deliver(due)) {
        retryMs = FIRST_RETRY_MS;
        continue;
      }
      if (this.#stop.signal.aborted) return;
      await this.#pause(retryMs);
      retryMs = Math.min(LAST_RETRY_MS, 2 * retryMs);
    }
  }

  async #pause(ms: number): Promise<void> {
    this.#retry = new AbortController();
    await pause(ms, undefined, { signal: this.#retry.signal }).catch(() => undefined);
  }

  #due(): readonly Entry[] {
    const due: Entry[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.isDue && due.push(entry) === MOST_AT_ONCE) break;
    }
    return due;
  }

  async #deliver(due: readonly Entry[]): Promise<boolean> {
    const told = due.map((entry) => entry.notice);
    const failure = await this.#post(told);
    if (failure !== undefined) {
      this.#fail(failure);
      return false;
    }
    this.#sent += told.length;
    this.#lastError = null;
    for (const entry of due) entry.isDue = false;
    if (!this.#options.format.isRepeated) this.#forget(due);
    return true;
  }

  #fail(reason: string): void {
    this.#failures++;
    const isFirst = this.#lastError === null;
    this.#lastError = reason;
    if (isFirst) this.#options.onFailure(this.#shownUrl, reason);
  }

  #forget(told: readonly Entry[]): void {
    for (const entry of told) {
      const id = noticeId(entry.notice);
      // It may be told of something newer meanwhile.
      if (this.#entries.get(id) === entry) this.#entries.delete(id);
    }
  }

  /** @returns what went wrong, without the URL, which may have a password */
  async #post(notices: readonly Notice[]): Promise<string | undefined> {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...this.#headers },
        body: JSON.stringify(this.#options.format.body(notices, this.#options.now())),
        // A redirection could lead the password elsewhere.
        redirect: 'manual',
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      return response.ok ? undefined : `HTTP status ${response.status}`;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Tells once more what is due, in a short time; firing alerts stay so. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#repeating);
    this.#deliverSoon();
    const ending = setTimeout(() => {
      this.#stop.abort();
      this.#retry.abort();
    }, PARTING_MS);
    this.#retry.abort();
    await this.#delivering;
    clearTimeout(ending);
    this.#stop.abort();
  }
}

interface Address {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly shown: string;
}

/** fetch() takes no URL with a password. */
function addressOf(text: string, path: string): Address {
  const given = new URL(text);
  const auth = userAndPassword(given);
  const url = withoutUser(given);
  if (path !== '') url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`;
  return {
    url: url.href,
    headers: auth === '' ? {} : { authorization: `Basic ${Buffer.from(auth).toString('base64')}` },
    shown: shownUrl(url),
  };
}

function reasonOf(error: unknown): string {
  const { name, cause } = error as Error;
  if (name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  if (name === 'AbortError') return 'the watch stopped';
  const code = systemCodeOf(cause);
  return code === 'UNKNOWN' ? 'the request failed' : code;
}
