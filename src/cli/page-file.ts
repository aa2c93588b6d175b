// SPDX-License-Identifier: MIT
// A page to a file, or to standard output for "-".

import { systemCodeOf } from '../errors.ts';
import type { Io } from './io.ts';
import { OutputFile, type NamedFile } from './output-file.ts';

export class PageFile implements NamedFile {
  readonly name: string;
  readonly path: string;
  readonly #file: OutputFile | undefined;
  readonly #io: Io;

  /** @throws OptionError where the file can't be written */
  static async open(flag: string, path: string, io: Io): Promise<PageFile> {
    const file = path === '-' ? undefined : await OutputFile.open(flag, path);
    return new PageFile(flag, path, file, io);
  }

  private constructor(name: string, path: string, file: OutputFile | undefined, io: Io) {
    this.name = name;
    this.path = path;
    this.#file = file;
    this.#io = io;
  }

  get identity(): string | undefined {
    return this.#file?.identity;
  }

  /** Writes the page and closes the file. @returns what went wrong, in one line each */
  async write(html: string): Promise<readonly string[]> {
    if (this.#file === undefined) {
      this.#io.stdout.data(html.trimEnd());
      return [];
    }
    try {
      this.#file.empty();
      await this.#file.handle.writeFile(html);
      return [];
    } catch (error) {
      return [`${this.name} ${this.path}: cannot write (${systemCodeOf(error)})`];
    } finally {
      await this.#file.handle.close();
    }
  }
}
