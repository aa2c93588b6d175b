// SPDX-License-Identifier: MIT
// The options of a watch: its configuration, and three that a configuration file does not have.

import { ABORT_SIGNAL, HOST } from '../options/kind.ts';
import { option } from '../options/option.ts';
import { parseOptions, requireOptions } from '../options/parse-options.ts';
import { PING_OPTIONS } from '../options/ping.ts';
import type { EngineChoice } from '../socket/datagram-socket.ts';
import type { WatchConfig } from './config/watch-config.ts';

/** What to watch, and how: the keys of a configuration file, and these. */
export interface WatchOptions extends WatchConfig {
  /** `auto`, the default, uses the Linux engine if it can run. */
  readonly engine?: EngineChoice;
  /** The name of this node in a mesh, from which `max_peers` chooses its peers. Default: the host's name. */
  readonly nodeName?: string;
  /** Stops the watch when aborted. */
  readonly signal?: AbortSignal;
}

const OWN_OPTIONS = {
  engine: PING_OPTIONS.engine,
  nodeName: option(HOST),
  signal: option(ABORT_SIGNAL),
};

interface ParsedWatchOptions {
  readonly config: WatchConfig;
  readonly engine: EngineChoice;
  readonly nodeName: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Separates the configuration from the other options. Only those are checked here.
 *
 * @throws OptionError for an invalid option
 */
export function parseWatchOptions(options: WatchOptions): ParsedWatchOptions {
  requireOptions(options);
  const { engine, nodeName, signal, ...config } = options;
  const own = parseOptions(OWN_OPTIONS, { engine, nodeName, signal });
  return { config, engine: own.engine, nodeName, signal };
}
