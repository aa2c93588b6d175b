// SPDX-License-Identifier: MIT
// A file that a command writes. It is opened first: a name that can't be written is known before a long
// measurement, not after it. It is emptied when there is something to write: where nothing was
// measured, it holds what it held.

import { constants, fstatSync, ftruncateSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { createError, systemCodeOf } from '../errors.ts';

/** As the flags of "w", but for O_TRUNC. */
const WRITE = constants.O_WRONLY | constants.O_CREAT;

export class OutputFile {
  readonly handle: FileHandle;

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
  }

  /** Devices and pipes have nothing to be emptied of. */
  empty(): void {
    if (fstatSync(this.handle.fd).isFile()) ftruncateSync(this.handle.fd);
  }
}
