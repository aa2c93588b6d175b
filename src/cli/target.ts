// SPDX-License-Identifier: MIT
// The target of a command: its first argument, HOST[:PORT], and --port.

import { wrongText } from '../options/kind.ts';
import type { Option } from '../options/option.ts';
import type { Given } from './given-options.ts';
import { readTarget } from './flag-values.ts';

/** As options of the library; without a port the default applies. */
export interface AskedHost {
  readonly host: string;
  readonly port?: number;
}

/**
 * The given host and port. The port of the argument overrides an environment variable, as flags do.
 *
 * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE`, also if --port contradicts the port of the argument
 */
export function targetOf(
  text: string,
  { values, sources }: Pick<Given<{ port: Option<number> }>, 'values' | 'sources'>,
): AskedHost {
  const { host, port = values.port } = readTarget(text);
  const source = sources.get('port');
  if (source?.name === '--port' && port !== values.port) {
    throw wrongText('--port', `left out, or ${port} as in ${text}`, String(source.text));
  }
  return port === undefined ? { host } : { host, port };
}
