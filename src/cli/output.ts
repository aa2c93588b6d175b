// SPDX-License-Identifier: MIT
// Writes lines to standard output or standard error, without waiting for a slow reader, in bounded memory.

import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { systemCodeOf } from '../errors.ts';
import { countOf } from '../quantities.ts';
import { FileStream } from './file-stream.ts';

/** Maximum output held for a reader that doesn't keep up; beyond this, lines are dropped and counted. */
const HELD_LIMIT_BYTES = 256 * 1024;

/** The reader of a pipe or socket went away (`echogram serve | head`): an end, not a fault. */
const READER_GONE = new Set(['EPIPE', 'ECONNRESET']);

/** Receives the failures of a log. */
export interface LogListener {
  /** @param isForGood  false if it is tried again */
  onFailure(systemCode: string, isForGood: boolean): void;
  onRecovery(missingLines: number): void;
}

export class Output {
  readonly stream: Writable;
  /**
   * Returns the line that replaces missing ones; an output with its own format may replace this function. With a system
   * code they could not be written; without one their reader was slow.
   */
  describeMissing = (lines: number, systemCode?: string): string =>
    `(${countOf(lines, 'line')} not ${systemCode === undefined ? 'shown: the reader of this output is slow' : `written: ${systemCode}`})`;
  /** The width of the terminal; `undefined` if it is not a terminal. */
  readonly columnsNow: () => number | undefined;
  readonly #encode: (text: string) => string;
  readonly #file: FileStream | undefined;
  readonly #broken = new AbortController();
  #log: LogListener | undefined;
  /** Dropped, and not reported yet. */
  #droppedLines = 0;
  /** Dropped, or refused by the stream. */
  #lostLines = 0;
  /** Passed to the stream, but not written yet. */
  #pendingLines = 0;

  /** @param encode  converts each text before it is written, if the stream needs that */
  constructor(
    stream: Writable,
    encode = (text: string): string => text,
    columnsNow = (): number | undefined => undefined,
  ) {
    this.stream = stream;
    this.columnsNow = columnsNow;
    this.#encode = encode;
    this.#file = stream instanceof FileStream ? stream : undefined;
    stream.on('error', (error) => {
      this.#fail(error, true);
    });
    if (this.#file !== undefined) this.#listenTo(this.#file);
  }

  /**
   * From now on this is a log, without which the program can continue: a failure to write it is not a failure of the
   * program. Lines that are not written are counted, and a file is retried once a second.
   */
  keepLog(listener: LogListener): void {
    this.#log = listener;
    if (this.#file !== undefined) this.#file.mayRecover = true;
  }

  get isTerminal(): boolean {
    return (this.stream as { isTTY?: boolean }).isTTY === true;
  }

  get isLog(): boolean {
    return this.#log !== undefined;
  }

  /** Lines that were dropped or could not be written. */
  get missingLines(): number {
    return this.#lostLines + (this.#file?.missingLines ?? 0);
  }

  /** Those, plus lines that the reader has not taken yet. */
  get unwrittenLines(): number {
    return this.missingLines + this.#pendingLines;
  }

  /** Aborted when nothing more can be written. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  /** The system's code of the failure; `null` if there is none, if only the reader has gone, or if it is a log. */
  get failure(): string | null {
    if (!this.broken.aborted || this.isLog) return null;
    const systemCode = systemCodeOf(this.broken.reason);
    return READER_GONE.has(systemCode) ? null : systemCode;
  }

  /** Writes whole lines of data, which are never dropped; before them, how many other lines were dropped. */
  data(...lines: readonly string[]): void {
    this.#file?.tryAgain();
    this.#write(lines);
  }

  /** Writes text unchanged, without adding a line end: for terminal control. */
  verbatim(text: string): void {
    if (!this.broken.aborted) this.stream.write(this.#encode(text));
  }

  /** Writes whole lines, which are dropped and counted while the reader doesn't keep up. */
  narrate(...lines: readonly string[]): void {
    if (this.stream.writableLength > HELD_LIMIT_BYTES) {
      this.#droppedLines += lines.length;
      this.#lostLines += lines.length;
      return;
    }
    this.#write(lines);
  }

  #write(lines: readonly string[]): void {
    const count = lines.length;
    if (this.broken.aborted) {
      this.#lostLines += count;
      return;
    }
    this.#pendingLines += count;
    const text = this.#tellDropped() + lines.map((line) => `${line}\n`).join('');
    this.stream.write(this.#encode(text), (error) => {
      this.#pendingLines -= count;
      if (error) this.#lostLines += count;
    });
  }

  #listenTo(file: FileStream): void {
    file.listener = {
      onFailure: (error) => {
        this.#fail(error, !this.isLog);
      },
      onRecovery: (lines) => {
        this.#log?.onRecovery(lines);
      },
      describeMissing: (lines, systemCode) => this.describeMissing(lines, systemCode),
    };
  }

  #fail(error: Error, isForGood: boolean): void {
    if (isForGood) this.#broken.abort(error);
    this.#log?.onFailure(systemCodeOf(error), isForGood);
  }

  #tellDropped(): string {
    if (this.#droppedLines === 0) return '';
    const line = this.describeMissing(this.#droppedLines);
    this.#droppedLines = 0;
    return `${line}\n`;
  }

  /** Resolves when everything is written, nothing more can be written, or `atMostMs` have passed. */
  async flush(atMostMs?: number): Promise<void> {
    if (this.#droppedLines > 0) this.#write([]);
    this.#file?.tryAgain();
    // A stream reports a failed write on a later turn.
    await setImmediate();
    if (this.stream.writableLength === 0 || this.broken.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = atMostMs === undefined ? undefined : setTimeout(done, atMostMs);
      this.broken.addEventListener('abort', done, { once: true });
      this.stream.write('', done);
    });
  }
}
