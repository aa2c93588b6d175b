// SPDX-License-Identifier: MIT
// Reads the token of the live page from its file.

import { createError } from '../errors.ts';
import { readSecret } from '../options/key-file.ts';
import { TOKEN } from './flag-values.ts';

/**
 * The token that a file holds, with or without the end of its line.
 *
 * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE` if it can't be read, or holds no token
 */
export async function readTokenFile(flag: string, path: string): Promise<string> {
  const text = (await readSecret(flag, path)).toString('latin1');
  if (TOKEN.accepts(text)) return text;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: flag,
    rule: `a file with a token of ${TOKEN.rule}`,
    value: path,
    remedy: 'make one with: openssl rand -hex 16 > FILE',
  });
}
