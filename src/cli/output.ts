// SPDX-License-Identifier: MIT
// Lines to standard output or standard error, never waiting for a slow reader and bounded in memory.

import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { systemCodeOf } from '../errors.ts';

/** Output held for a reader that doesn't keep up; past this, lines are dropped and counted. */
const HELD_LIMIT_BYTES = 256 * 1024;

/** The reader went away (`echogram serve | head`), of a pipe or of a socket: an end, not a fault. */
const READER_GONE = new Set(['EPIPE', 'ECONNRESET']);

export class Output {
  readonly stream: Writable;
  /** The line that tells of dropped ones; a format of its own may say it in its own way. */
  describeDropped = (lines: number): string =>
    `(${lines} ${lines === 1 ? 'line' : 'lines'} not shown: the reader of this output is slow)`;
  readonly #encode: (text: string) => string;
  #droppedLines = 0;
  #broken = new AbortController();

  /** @param encode  makes what is written of each text, where the stream does not take all of Unicode */
  constructor(stream: Writable, encode = (text: string): string => text) {
    this.stream = stream;
    this.#encode = encode;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#broken.abort(error);
    });
  }

  /** Aborted when nothing more can be written. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  /** The system's code of what went wrong; `null` where all is well, or only the reader has gone. */
  get failure(): string | null {
    if (!this.broken.aborted) return null;
    const systemCode = systemCodeOf(this.broken.reason);
    return READER_GONE.has(systemCode) ? null : systemCode;
  }

  /** Writes whole lines of data, which are never dropped; before them, how many others were. */
  data(...lines: readonly string[]): void {
    if (this.broken.aborted) return;
    this.stream.write(
      this.#encode(this.#tellDropped() + lines.map((line) => `${line}\n`).join('')),
    );
  }

  /** Writes text as it is, with no line end of its own: what drives a terminal. */
  verbatim(text: string): void {
    if (!this.broken.aborted) this.stream.write(this.#encode(text));
  }

  /** Writes whole lines that are dropped, and counted, while the reader doesn't keep up. */
  narrate(...lines: readonly string[]): void {
    if (this.stream.writableLength > HELD_LIMIT_BYTES) {
      this.#droppedLines += lines.length;
      return;
    }
    this.data(...lines);
  }

  #tellDropped(): string {
    if (this.#droppedLines === 0) return '';
    const line = this.describeDropped(this.#droppedLines);
    this.#droppedLines = 0;
    return `${line}\n`;
  }

  /** Resolves when all is written, nothing more can be, or `atMostMs` have passed. */
  async flush(atMostMs?: number): Promise<void> {
    if (this.#droppedLines > 0) this.data();
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
