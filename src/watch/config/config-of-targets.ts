// SPDX-License-Identifier: MIT
// Makes a configuration from the arguments of a command line.

import type { ProtocolName } from '../../client/protocols/probe-protocol.ts';
import { duration } from '../../options/quantity.ts';
import type { ProbeConfig, WatchConfig } from './watch-config.ts';

/** How all targets are probed, from flags. */
export interface ProbeFlags {
  readonly protocol?: ProtocolName | undefined;
  readonly intervalMs?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly payloadBytes?: number | undefined;
  readonly dscp?: number | undefined;
  readonly flows?: number | undefined;
  readonly family?: NonNullable<ProbeConfig['family']> | undefined;
  readonly keyFile?: string | undefined;
}

/** @param words  each `HOST[:PORT]` */
export function configOfTargets(words: readonly string[], flags: ProbeFlags = {}): WatchConfig {
  const { text } = duration();
  const { intervalMs, timeoutMs } = flags;
  const probe = {
    protocol: flags.protocol,
    interval: intervalMs === undefined ? undefined : text!.write(intervalMs),
    timeout: timeoutMs === undefined ? undefined : text!.write(timeoutMs),
    size: flags.payloadBytes,
    dscp: flags.dscp,
    flows: flags.flows,
    family: flags.family,
    key_file: flags.keyFile,
  };
  const given = Object.entries(probe).filter(([, value]) => value !== undefined);
  return { probes: { default: Object.fromEntries(given) }, targets: words };
}
