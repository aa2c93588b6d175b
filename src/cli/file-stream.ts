// SPDX-License-Identifier: MIT
// Standard output or standard error if it is a file: each text is written at once and completely. Node's own stream
// treats a short write, as on a disk that fills up, as complete, and writes nothing after a failure.

import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { systemCodeOf } from '../errors.ts';

/** The time until a failed write is tried again. */
const RETRY_MS = 1000;

const LINE_END = 0x0a;

interface Outage {
  readonly systemCode: string;
  /** Lines that were not written, or not completely, since the gap began. */
  lines: number;
  /** True if the file ends within a line. */
  isTorn: boolean;
}

/** Receives the events of a file. */
export interface FileListener {
  /** A write failed: nothing is written until one works again. */
  onFailure(error: Error): void;
  onRecovery(lines: number): void;
  /** Returns the line that replaces missing ones. */
  describeMissing(lines: number, systemCode: string): string;
}

export class FileStream extends Writable {
  readonly fd: number;
  listener: FileListener | undefined;
  /** True if a failed write is tried again. */
  mayRecover = false;
  /** Lines that were not written. */
  missingLines = 0;
  #outage: Outage | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(fd: number) {
    super();
    this.fd = fd;
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    if (this.#outage === undefined) this.#put(bytes);
    else this.#lose(this.#outage, bytes);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearInterval(this.#timer);
    done(error);
  }

  /** Writes how many lines are missing, if any, and if the file can be written again. */
  readonly tryAgain = (): void => {
    const outage = this.#outage;
    if (outage === undefined || this.listener === undefined || !this.mayRecover) return;
    const { lines, systemCode } = outage;
    const text = `${this.listener.describeMissing(lines, systemCode)}\n`;
    const bytes = Buffer.from(outage.isTorn ? `\n${text}` : text);
    const { writtenBytes, error } = write(this.fd, bytes);
    if (error === undefined) {
      clearInterval(this.#timer);
      this.#outage = undefined;
      this.listener.onRecovery(lines);
    } else if (writtenBytes > 0) {
      outage.isTorn = bytes[writtenBytes - 1] !== LINE_END;
    }
  };

  #put(bytes: Buffer): void {
    const { writtenBytes, error } = write(this.fd, bytes);
    if (error === undefined) return;
    const isTorn = writtenBytes > 0 && bytes[writtenBytes - 1] !== LINE_END;
    this.#outage = { systemCode: systemCodeOf(error), lines: 0, isTorn };
    this.#lose(this.#outage, bytes.subarray(writtenBytes));
    if (this.mayRecover) this.#timer = setInterval(this.tryAgain, RETRY_MS).unref();
    this.listener?.onFailure(error);
  }

  #lose(outage: Outage, bytes: Buffer): void {
    const lines = bytes.reduce((count, byte) => (byte === LINE_END ? count + 1 : count), 0);
    outage.lines += lines;
    this.missingLines += lines;
  }
}

interface Written {
  readonly writtenBytes: number;
  readonly error: Error | undefined;
}

/** Writes everything, or as much as the file takes. */
function write(fd: number, bytes: Buffer): Written {
  let writtenBytes = 0;
  try {
    while (writtenBytes < bytes.length) writtenBytes += writeSync(fd, bytes, writtenBytes);
    return { writtenBytes, error: undefined };
  } catch (error) {
    return { writtenBytes, error: error as Error };
  }
}
