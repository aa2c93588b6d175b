// SPDX-License-Identifier: MIT
// Reads secrets from files, such as the key that authenticates STAMP packets. Nothing here shows a secret or a part of
// one.

import { open } from 'node:fs/promises';
import { createError, systemCodeOf } from '../errors.ts';
import { STAMP_KEY_MIN_BYTES } from './stamp-key.ts';

/** Enough for any key; a file that never ends, such as a device, is not a key. */
const MOST_BYTES = 4096;

/** One line of printable text, as typed by a person. */
const ONE_LINE = /^[\x20-\x7e]+\r?\n$/;

/**
 * The octets of a file as a key. If the file is one line of text, the line end is not part of the key, so that the same
 * words are the same key in every editor.
 *
 * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE` if it can't be read, or is too short or too long
 */
export async function readKeyFile(flag: string, path: string): Promise<Uint8Array> {
  const octets = await readSecret(flag, path);
  if (octets.length >= STAMP_KEY_MIN_BYTES && octets.length <= MOST_BYTES) return octets;
  const found = octets.length > MOST_BYTES ? 'more' : String(octets.length);
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: flag,
    rule: `a file with a key of ${STAMP_KEY_MIN_BYTES} to ${MOST_BYTES} bytes (it has ${found})`,
    value: path,
    remedy: 'make one with: head -c 32 /dev/urandom > FILE',
  });
}

/**
 * The octets of a file without the end of its only line; reading stops once they are too many.
 *
 * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE` if it can't be read
 */
export async function readSecret(flag: string, path: string): Promise<Buffer> {
  return withoutLineEnd(await readSome(flag, path));
}

async function readSome(flag: string, path: string): Promise<Buffer> {
  try {
    await using file = await open(path, 'r');
    const room = Buffer.alloc(MOST_BYTES + 3);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(room, length, room.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length === room.length) return room.subarray(0, length);
    }
  } catch (error) {
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: flag,
      rule: `a file that can be read (${systemCodeOf(error)})`,
      value: path,
    });
  }
}

function withoutLineEnd(octets: Buffer): Buffer {
  const text = octets.toString('latin1');
  if (!ONE_LINE.test(text)) return octets;
  return octets.subarray(0, text.replace(/\r?\n$/, '').length);
}
