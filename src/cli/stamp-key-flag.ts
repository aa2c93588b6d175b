// SPDX-License-Identifier: MIT
// The key of --key-file, for the commands that speak STAMP to a server.

import type { ProtocolName } from '../client/protocols/probe-protocol.ts';
import { createError } from '../errors.ts';

interface KeyFlags {
  readonly keyFile?: string;
  readonly protocol?: ProtocolName;
}

/**
 * The octets of the key, if one is given.
 *
 * @param option  the flag or variable that gave the file
 * @throws OptionError for another protocol than STAMP
 */
export async function keyOf(
  option: string,
  { keyFile, protocol }: KeyFlags,
): Promise<{ readonly key?: Uint8Array }> {
  if (keyFile === undefined) return {};
  if (protocol !== 'stamp') {
    const rule = 'used with --protocol stamp, the only protocol with a key';
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', { option, rule, value: keyFile });
  }
  const { readKeyFile } = await import('../options/key-file.ts');
  return { key: await readKeyFile(option, keyFile) };
}
