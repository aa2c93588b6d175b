// SPDX-License-Identifier: MIT
// Reads secrets from files: the key that authenticates STAMP packets, the token of the live page.
// Nothing here shows a secret, nor part of one.

import { open } from 'node:fs/promises';
import { createError, systemCodeOf } from '../errors.ts';
import { STAMP_KEY_MIN_BYTES } from '../options/stamp-key.ts';
import { TOKEN } from './flag-values.ts';

/** Enough for any key; a file that never ends, such as a device, is not a key. */
const MOST_BYTES = 4096;

/** Printable, and one line: what somebody typed. */
const ONE_LINE = /^[\x20-\x7e]+\r?\n$/;

/**
 * The octets of a file as a key. The end of a file that is one line of text is not part of it, so that
 * the same words are the same key whichever editor wrote them.
 *
 * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE` where it can't be read, or is too short or too long
 */
export async function readKeyFile(flag: string, path: string): Promise<Uint8Array> {
  const octets = withoutLineEnd(await readSome(flag, path));
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
 * The token that a file holds, with or without the end of its line.
 *
 * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE` where it can't be read, or holds no token
 */
export async function readTokenFile(flag: string, path: string): Promise<string> {
  const text = withoutLineEnd(await readSome(flag, path)).toString('latin1');
  if (TOKEN.accepts(text)) return text;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: flag,
    rule: `a file with a token of ${TOKEN.rule}`,
    value: path,
    remedy: 'make one with: openssl rand -hex 16 > FILE',
  });
}

/** As far as it is known to be too long. */
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
