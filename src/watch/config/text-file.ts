// SPDX-License-Identifier: MIT
// Reads a text file that somebody else writes, up to a maximum size.

import { open } from 'node:fs/promises';
import { systemCodeOf } from '../../errors.ts';

/** More than 10,000 targets with their labels need. */
export const MOST_FILE_BYTES = 16 * 1024 * 1024;

const READ_BYTES = 64 * 1024;

/** Its message follows the name of the file. */
export class UnreadableFile extends Error {}

/** @throws UnreadableFile if it can't be read, is too long, or is not UTF-8 */
export async function readTextFile(path: string): Promise<string> {
  const bytes = await readBytes(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UnreadableFile('is not text in UTF-8', { cause });
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path, 'r');
    const chunks: Uint8Array[] = [];
    for (let total = 0; total <= MOST_FILE_BYTES;) {
      const chunk = new Uint8Array(READ_BYTES);
      const { bytesRead } = await file.read(chunk, 0, READ_BYTES);
      if (bytesRead === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, bytesRead));
      total += bytesRead;
    }
  } catch (cause) {
    throw new UnreadableFile(`can't be read (${systemCodeOf(cause)})`, { cause });
  }
  throw new UnreadableFile(`is longer than ${MOST_FILE_BYTES / 2 ** 20} MiB`);
}
