// SPDX-License-Identifier: MIT
// A source that is read repeatedly. If it can't be read, it keeps its last good targets.

import { formatCount } from '../../quantities.ts';
import { MOST_TARGETS } from '../config/watch-plan.ts';
import type { FoundTarget } from '../found-target.ts';
import type { SourceStatus } from '../watch-view.ts';
import type { SourceTelling, TargetSource } from './target-source.ts';

export interface Reading {
  readonly found: readonly FoundTarget[];
  /** When to read again. */
  readonly refreshMs: number;
  /** The error of a part that could not be read, although the rest was. */
  readonly error?: string | undefined;
}

interface PolledOptions extends Pick<SourceStatus, 'kind' | 'source'> {
  /** Rejects with an error whose message is for people and contains no secret. */
  readonly read: (signal: AbortSignal) => Promise<Reading>;
  /** After a failure. */
  readonly retryMs: number;
  readonly telling: SourceTelling;
}

const CUT = `not all of its targets are probed: a watch has at most ${formatCount(MOST_TARGETS)}`;

export class PolledSource implements TargetSource {
  readonly #options: PolledOptions;
  readonly firstRead: Promise<void>;
  #failures = 0;
  #readError: string | null = null;
  #isCut = false;
  #found: readonly FoundTarget[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isReading = false;
  #isStale = false;
  readonly #closing = new AbortController();

  constructor(options: PolledOptions) {
    this.#options = options;
    this.firstRead = this.#readOnce();
  }

  get status(): SourceStatus {
    const { kind, source } = this.#options;
    const error = this.#error;
    return { kind, source, targets: this.#found.length, failures: this.#failures, error };
  }

  get found(): readonly FoundTarget[] {
    return this.#found;
  }

  get #error(): string | null {
    return this.#readError ?? (this.#isCut ? CUT : null);
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Reads it now, or once more if it is being read. */
  readAgain(): void {
    if (this.#isClosed) return;
    if (this.#isReading) this.#isStale = true;
    else void this.#readOnce();
  }

  setCut(isCut: boolean): void {
    this.#change(() => {
      this.#isCut = isCut;
    });
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
    clearTimeout(this.#timer);
  }

  async #readOnce(): Promise<void> {
    clearTimeout(this.#timer);
    this.#isReading = true;
    this.#isStale = false;
    const pauseMs = await this.#read();
    this.#isReading = false;
    if (!this.#isClosed) this.#readIn(pauseMs);
  }

  #readIn(pauseMs: number): void {
    this.#timer = setTimeout(
      () => {
        this.readAgain();
      },
      this.#isStale ? 0 : pauseMs,
    );
    this.#timer.unref();
  }

  /** @returns when to read again */
  async #read(): Promise<number> {
    const { signal } = this.#closing;
    try {
      const { found, refreshMs, error = null } = await this.#options.read(signal);
      if (!this.#isClosed) this.#take(found, error);
      return refreshMs;
    } catch (error) {
      if (!this.#isClosed) this.#take(this.#found, error instanceof Error ? error.message : '');
      return this.#options.retryMs;
    }
  }

  #take(found: readonly FoundTarget[], error: string | null): void {
    const isChanged = found !== this.#found;
    this.#change(() => {
      this.#found = found;
      this.#readError = error;
      if (error !== null) this.#failures++;
    });
    if (isChanged) this.#options.telling.onChange();
  }

  #change(change: () => void): void {
    const before = this.#error;
    change();
    const error = this.#error;
    const isTold = (error === null) === (before === null);
    if (!isTold) this.#options.telling.onTrouble(error, this.status);
  }
}
