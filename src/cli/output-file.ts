// SPDX-License-Identifier: MIT
// A file that a command writes. It is opened first: a name that can't be written is known before a long
// measurement, not after it. It is emptied when there is something to write: where nothing was
// measured, it holds what it held.

import { constants, fstatSync, ftruncateSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { createError, systemCodeOf } from '../errors.ts';

/** As the flags of "w", but for O_TRUNC. */
const WRITE = constants.O_WRONLY | constants.O_CREAT;

/** A file that is open, and what it is called in a message. */
export interface NamedFile {
  readonly name: string;
  readonly path: string;
  /** `undefined` for what is no regular file. */
  readonly identity: string | undefined;
}

/**
 * Devices and pipes may be given twice; two writers of one file would write over each other.
 *
 * @throws OptionError where two are the same file, by whichever names
 */
export function requireDistinct(files: readonly NamedFile[]): void {
  const names = new Map<string, string>();
  for (const { name, path, identity } of files) {
    if (identity === undefined) continue;
    const other = names.get(identity);
    if (other !== undefined) {
      const rule = `another file than ${other}`;
      throw createError('ECHOGRAM_ERR_OPTION_VALUE', { option: name, rule, value: path });
    }
    names.set(identity, name);
  }
}

/** What a regular file alone has while it is open; `undefined` for anything else. */
export function identityOf(fd: number): string | undefined {
  const stats = fstatSync(fd, { bigint: true });
  return stats.isFile() ? `${stats.dev} ${stats.ino}` : undefined;
}

export class OutputFile {
  readonly handle: FileHandle;
  readonly identity: string | undefined;

  /** @throws OptionError where the file can't be written */
  static async open(flag: string, path: string): Promise<OutputFile> {
    try {
      return new OutputFile(await open(path, WRITE));
    } catch (error) {
      throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
        option: flag,
        rule: `a file that can be written (${systemCodeOf(error)})`,
        value: path,
      });
    }
  }

  private constructor(handle: FileHandle) {
    this.handle = handle;
    this.identity = identityOf(handle.fd);
  }

  /** Devices and pipes have nothing to be emptied of. */
  empty(): void {
    if (this.identity !== undefined) ftruncateSync(this.handle.fd);
  }
}
