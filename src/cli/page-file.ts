// SPDX-License-Identifier: MIT
// A page to a file, or to standard output for "-". The file is opened first: a name that can't be
// written is known before a long measurement, not after it.

import { open, type FileHandle } from 'node:fs/promises';
import { createError, systemCodeOf } from '../errors.ts';
import type { Io } from './io.ts';

export class PageFile {
  readonly #flag: string;
  readonly #path: string;
  readonly #file: FileHandle | undefined;
  readonly #io: Io;

  /** @throws OptionError where the file can't be written */
  static async open(flag: string, path: string, io: Io): Promise<PageFile> {
    if (path === '-') return new PageFile(flag, path, undefined, io);
    try {
      return new PageFile(flag, path, await open(path, 'w'), io);
    } catch (error) {
      throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
        option: flag,
        rule: `a file that can be written (${systemCodeOf(error)})`,
        value: path,
      });
    }
  }

  private constructor(flag: string, path: string, file: FileHandle | undefined, io: Io) {
    this.#flag = flag;
    this.#path = path;
    this.#file = file;
    this.#io = io;
  }

  /** Writes the page and closes the file. @returns what went wrong, in one line each */
  async write(html: string): Promise<readonly string[]> {
    if (this.#file === undefined) {
      this.#io.stdout.data(html.trimEnd());
      return [];
    }
    try {
      await this.#file.writeFile(html);
      return [];
    } catch (error) {
      return [`${this.#flag} ${this.#path}: cannot write (${systemCodeOf(error)})`];
    } finally {
      await this.#file.close();
    }
  }
}
