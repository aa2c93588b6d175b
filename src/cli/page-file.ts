// SPDX-License-Identifier: MIT
// Writes a page to a file, or to standard output for "-".

import { writeFile } from 'node:fs/promises';
import { systemCodeOf } from '../errors.ts';
import { escapeText } from '../printable.ts';
import type { Io } from './io.ts';
import { findOutput, type NamedFile, type OutputFile } from './output-file.ts';
import { replaceFile } from './replace-file.ts';

export class PageFile implements NamedFile {
  readonly name: string;
  readonly path: string;
  readonly #file: OutputFile | undefined;
  readonly #io: Io;

  /** @throws OptionError if the file can't be written */
  static async open(flag: string, path: string, io: Io): Promise<PageFile> {
    const file = path === '-' ? undefined : await findOutput(flag, path);
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

  /** Writes the page. @returns the errors, one line for each */
  async write(html: string): Promise<readonly string[]> {
    if (this.#file === undefined) {
      this.#io.stdout.data(html.trimEnd());
      return [];
    }
    const { kind, target } = this.#file;
    try {
      if (kind === 'special') await writeFile(target, html, { flag: 'a' });
      else replaceFile(target, html);
      return [];
    } catch (error) {
      return [`${this.name} ${escapeText(this.path)}: cannot write (${systemCodeOf(error)})`];
    }
  }
}
