// SPDX-License-Identifier: MIT
// Writes records to a file, or to standard output for "-", as they arrive.

import { constants, createWriteStream, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { unlessAborted } from '../abort.ts';
import type { ProbeRecord } from '../client/session/probe-record.ts';
import type { SessionResult, SessionStart } from '../client/session/session-result.ts';
import { systemCodeOf } from '../errors.ts';
import { escapeText } from '../printable.ts';
import { countOf } from '../quantities.ts';
import type { Io } from './io.ts';
import { Output } from './output.ts';
import { cannotBeWritten, findOutput, type NamedFile, type OutputFile } from './output-file.ts';

/** Maximum held for a reader that doesn't keep up; beyond this, records are omitted and counted. */
const HELD_LIMIT_BYTES = 64 * 1024 * 1024;

export interface RecordFormat {
  /** The flag that requested it. */
  readonly flag: string;
  /** The first line, once the target is known. */
  readonly first: (start: SessionStart, sourcePorts: readonly number[]) => string;
  readonly line: (record: ProbeRecord) => string;
  readonly last?: (result: SessionResult) => string;
}

export class RecordFile implements NamedFile {
  readonly #format: RecordFormat;
  readonly path: string;
  readonly #file: OutputFile | undefined;
  readonly #broken = new AbortController();
  #output: Output | undefined;
  #leftOut = 0;
  #failure: string | undefined;

  /** @throws OptionError if the file can't be written; the reason of a stop */
  static async open(path: string, format: RecordFormat, io: Io): Promise<RecordFile> {
    if (path === '-') return new RecordFile(path, format, undefined, io.stdout);
    const file = await findOutput(format.flag, path);
    const output = file.kind === 'special' ? await openSpecial(file, io.stop) : undefined;
    return new RecordFile(path, format, file, output);
  }

  private constructor(
    path: string,
    format: RecordFormat,
    file: OutputFile | undefined,
    output: Output | undefined,
  ) {
    this.path = path;
    this.#format = format;
    this.#file = file;
    if (output !== undefined) this.#use(output);
  }

  get name(): string {
    return this.#format.flag;
  }

  get identity(): string | undefined {
    return this.#file?.identity;
  }

  /** Aborted when nothing more can be written. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  begin(start: SessionStart, sourcePorts: readonly number[]): void {
    if (this.#output === undefined) this.#create(this.#file!.target);
    this.#output?.data(this.#format.first(start, sourcePorts));
  }

  /** Opened for appending, so that truncating the file while it is written, as logrotate does, leaves no hole in it. */
  #create(target: string): void {
    try {
      const { O_WRONLY, O_CREAT, O_TRUNC, O_APPEND } = constants;
      const fd = openSync(target, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o666);
      this.#use(new Output(createWriteStream(target, { fd })));
    } catch (error) {
      this.#fail(error);
    }
  }

  #use(output: Output): void {
    this.#output = output;
    output.stream.on('error', (error) => {
      this.#fail(error);
    });
  }

  #fail(error: unknown): void {
    // Errors of standard output are reported at the end of the program.
    if (this.#file !== undefined) this.#failure ??= systemCodeOf(error);
    this.#broken.abort(error);
  }

  write(record: ProbeRecord): void {
    if (this.#output === undefined) return;
    if (this.#output.stream.writableLength > HELD_LIMIT_BYTES) this.#leftOut++;
    else this.#output.data(this.#format.line(record));
  }

  /**
   * Writes the last line and everything held; standard output is flushed at the end of the program.
   *
   * @returns the errors, one line for each
   */
  async close(result: SessionResult): Promise<readonly string[]> {
    if (this.#format.last !== undefined) this.#output?.data(this.#format.last(result));
    await this.end();
    const what = `${this.#format.flag} ${escapeText(this.path)}`;
    return [
      ...(this.#failure === undefined ? [] : [`${what}: cannot write (${this.#failure})`]),
      ...(this.#leftOut === 0
        ? []
        : [`${what}: ${countOf(this.#leftOut, 'record')} left out because its reader is slow`]),
    ];
  }

  /** Writes everything held, if a measurement has failed. */
  async end(): Promise<void> {
    const stream = this.#output?.stream;
    if (this.#file === undefined || stream === undefined || stream.closed) return;
    await new Promise<void>((resolve) => {
      stream.once('close', resolve);
      stream.end();
    });
  }
}

/** A pipe waits here for its reader, in open(2), which can't be interrupted: a stop abandons it. */
async function openSpecial({ name, path, target }: OutputFile, stop: AbortSignal): Promise<Output> {
  try {
    const opening = open(target, constants.O_WRONLY | constants.O_APPEND);
    const handle = await unlessAborted(opening, stop);
    return new Output(handle.createWriteStream());
  } catch (error) {
    stop.throwIfAborted();
    throw cannotBeWritten(name, path, error);
  }
}
