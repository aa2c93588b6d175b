// SPDX-License-Identifier: MIT
// Records to a file, or to standard output for "-", as fast as they come.

import type { ProbeRecord } from '../client/probe-record.ts';
import type { SessionResult, SessionStart } from '../client/session-result.ts';
import { systemCodeOf } from '../errors.ts';
import type { Io } from './io.ts';
import { Output } from './output.ts';
import { OutputFile, type NamedFile } from './output-file.ts';

/** Held for a reader that doesn't keep up; past this, records are left out and counted. */
const HELD_LIMIT_BYTES = 64 * 1024 * 1024;

export interface RecordFormat {
  /** The flag that asked for it. */
  readonly flag: string;
  /** The first line, once it is known whom is asked. */
  readonly first: (start: SessionStart, sourcePorts: readonly number[]) => string;
  readonly line: (record: ProbeRecord) => string;
  readonly last?: (result: SessionResult) => string;
}

export class RecordFile implements NamedFile {
  readonly #format: RecordFormat;
  readonly path: string;
  readonly #output: Output;
  readonly #file: OutputFile | undefined;
  #leftOut = 0;
  #failure: string | undefined;

  /** @throws OptionError where the file can't be written */
  static async open(path: string, format: RecordFormat, io: Io): Promise<RecordFile> {
    const file = path === '-' ? undefined : await OutputFile.open(format.flag, path);
    return new RecordFile(path, format, file, io);
  }

  private constructor(path: string, format: RecordFormat, file: OutputFile | undefined, io: Io) {
    this.path = path;
    this.#format = format;
    this.#file = file;
    this.#output = file === undefined ? io.stdout : new Output(file.handle.createWriteStream());
    if (file === undefined) return;
    this.#output.stream.on('error', (error) => {
      this.#failure ??= systemCodeOf(error);
    });
  }

  get name(): string {
    return this.#format.flag;
  }

  get identity(): string | undefined {
    return this.#file?.identity;
  }

  /** Aborted when nothing more can be written. */
  get broken(): AbortSignal {
    return this.#output.broken;
  }

  begin(start: SessionStart, sourcePorts: readonly number[]): void {
    this.#file?.empty();
    this.#output.data(this.#format.first(start, sourcePorts));
  }

  write(record: ProbeRecord): void {
    if (this.#output.stream.writableLength > HELD_LIMIT_BYTES) this.#leftOut++;
    else this.#output.data(this.#format.line(record));
  }

  /**
   * Writes the last line and what is held; standard output's is flushed by whoever ends the program.
   *
   * @returns what went wrong, in one line each
   */
  async close(result: SessionResult): Promise<readonly string[]> {
    if (this.#format.last !== undefined) this.#output.data(this.#format.last(result));
    if (this.#file !== undefined) await this.#end();
    const what = `${this.#format.flag} ${this.path}`;
    return [
      ...(this.#failure === undefined ? [] : [`${what}: cannot write (${this.#failure})`]),
      ...(this.#leftOut === 0
        ? []
        : [`${what}: ${this.#leftOut} records left out, as its reader is slow`]),
    ];
  }

  async #end(): Promise<void> {
    const { stream } = this.#output;
    if (stream.closed) return;
    await new Promise<void>((resolve) => {
      stream.once('close', resolve);
      stream.end();
    });
  }
}
