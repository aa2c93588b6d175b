// SPDX-License-Identifier: MIT
// Lines to standard output or standard error, never waiting for a slow reader and bounded in memory.

import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { systemCodeOf } from '../errors.ts';
import { countOf } from '../quantities.ts';
import { FileStream } from './file-stream.ts';

/** Output held for a reader that doesn't keep up; past this, lines are dropped and counted. */
const HELD_LIMIT_BYTES = 256 * 1024;

/** The reader went away (`echogram serve | head`), of a pipe or of a socket: an end, not a fault. */
const READER_GONE = new Set(['EPIPE', 'ECONNRESET']);

/** Whoever keeps a log is told of its failures. */
export interface LogListener {
  /** @param isForGood  false where it is tried again */
  onFailure(systemCode: string, isForGood: boolean): void;
  onRecovery(missingLines: number): void;
}

export class Output {
  readonly stream: Writable;
  /**
   * The line that stands for those that are not there; a format of its own may say it in its own way. With a
   * system code they could not be written, without one their reader was slow.
   */
  describeMissing = (lines: number, systemCode?: string): string =>
    `(${countOf(lines, 'line')} not ${systemCode === undefined ? 'shown: the reader of this output is slow' : `written: ${systemCode}`})`;
  readonly #encode: (text: string) => string;
  readonly #file: FileStream | undefined;
  readonly #broken = new AbortController();
  #log: LogListener | undefined;
  /** Dropped, and not told of yet. */
  #droppedLines = 0;
  /** Dropped, or refused by the stream. */
  #lostLines = 0;
  /** Given to the stream, which has not written them yet. */
  #pendingLines = 0;

  /** @param encode  makes what is written of each text, where the stream does not take all of Unicode */
  constructor(stream: Writable, encode = (text: string): string => text) {
    this.stream = stream;
    this.#encode = encode;
    this.#file = stream instanceof FileStream ? stream : undefined;
    stream.on('error', (error) => {
      this.#fail(error, true);
    });
    if (this.#file !== undefined) this.#listenTo(this.#file);
  }

  /**
   * From now on it is a log, which the program can do without: a failure to write it is not a failure of the
   * program. Lines that are not written are counted, and a file is tried again once a second.
   */
  keepLog(listener: LogListener): void {
    this.#log = listener;
    if (this.#file !== undefined) this.#file.mayRecover = true;
  }

  get isLog(): boolean {
    return this.#log !== undefined;
  }

  /** Lines that were dropped or could not be written. */
  get missingLines(): number {
    return this.#lostLines + (this.#file?.missingLines ?? 0);
  }

  /** Those, and lines that the reader has not taken yet. */
  get unwrittenLines(): number {
    return this.missingLines + this.#pendingLines;
  }

  /** Aborted when nothing more can be written. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  /** The system's code of what went wrong; `null` where all is well, only the reader has gone, or it is a log. */
  get failure(): string | null {
    if (!this.broken.aborted || this.isLog) return null;
    const systemCode = systemCodeOf(this.broken.reason);
    return READER_GONE.has(systemCode) ? null : systemCode;
  }

  /** Writes whole lines of data, which are never dropped; before them, how many others were. */
  data(...lines: readonly string[]): void {
    this.#file?.tryAgain();
    this.#write(lines);
  }

  /** Writes text as it is, with no line end of its own: what drives a terminal. */
  verbatim(text: string): void {
    if (!this.broken.aborted) this.stream.write(this.#encode(text));
  }

  /** Writes whole lines that are dropped, and counted, while the reader doesn't keep up. */
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

  /** Resolves when all is written, nothing more can be, or `atMostMs` have passed. */
  async flush(atMostMs?: number): Promise<void> {
    if (this.#droppedLines > 0) this.#write([]);
    this.#file?.tryAgain();
    // A stream tells on a later turn that a write failed.
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
