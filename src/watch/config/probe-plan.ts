// SPDX-License-Identifier: MIT
// Reads how targets are probed from an entry of `probes`, with all defaults, and checks it like the options of ping.

import { parsePingOptions, type ParsedOptions } from '../../client/ping-options.ts';
import { DSCP } from '../../options/dscp.ts';
import { PING_OPTIONS } from '../../options/ping.ts';
import { duration } from '../../options/quantity.ts';
import { STAMP_KEY_MIN_BYTES } from '../../options/stamp-key.ts';
import type { IpVersion } from '../../socket/resolve.ts';
import type { ProbeSettings } from '../target.ts';
import { asFault, faultAt, readAt, type ConfigPath } from './config-fault.ts';
import { INTERVAL_LIMITS, TIMEOUT_LIMITS } from './probe-limits.ts';
import type { ProbeConfig } from './watch-config.ts';

const INTERVAL = duration(INTERVAL_LIMITS);

const TIMEOUT = duration(TIMEOUT_LIMITS);

/** Maximum probes in flight per target: each is remembered until its outcome is known, at twice the timeout. */
const MOST_IN_FLIGHT = 4096;

/** The plan from one entry of `probes`. */
export interface ProbePlan {
  /** Without the key, which is in its file. */
  readonly settings: Omit<ProbeSettings, 'key'>;
  readonly keyFile: string | undefined;
  /** The port of a target that gives none. */
  readonly port: number;
  /** There is one target for each; `undefined` means any. */
  readonly ipVersions: readonly (IpVersion | undefined)[];
  readonly path: ConfigPath;
}

const IP_VERSIONS: Readonly<Record<string, ProbePlan['ipVersions']>> = {
  any: [undefined],
  ipv4: [4],
  ipv6: [6],
  both: [4, 6],
};

/** It is a label of metrics, and the second part of keys, whose third is `ipv4` or `ipv6`. */
const PROBE_NAME = /^(?!ipv[46]$)[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,63}$/;

export function planProbe(name: string, probe: ProbeConfig, path: ConfigPath): ProbePlan {
  if (!PROBE_NAME.test(name)) {
    throw faultAt(path, 'must have a name of 1 to 64 letters, digits, _, . and -', {
      value: name,
      isOfName: true,
    });
  }
  const { interval, timeout, dscp, family = 'any', key_file: keyFile } = probe;
  const intervalMs =
    interval === undefined
      ? PING_OPTIONS.intervalMs.default
      : readAt([...path, 'interval'], INTERVAL, interval);
  const timeoutMs =
    timeout === undefined
      ? PING_OPTIONS.timeoutMs.default
      : readAt([...path, 'timeout'], TIMEOUT, timeout);
  requireRoom(intervalMs, timeoutMs, path);
  const { port, payloadBytes, protocol, flows } = asPingTakes(probe, path);
  const settings = {
    name,
    protocol,
    intervalMs,
    timeoutMs,
    payloadBytes,
    dscp: dscp === undefined ? undefined : readAt([...path, 'dscp'], DSCP, String(dscp)),
    flows,
  };
  return { settings, keyFile, port, ipVersions: IP_VERSIONS[family]!, path };
}

function requireRoom(intervalMs: number, timeoutMs: number, path: ConfigPath): void {
  const most = MOST_IN_FLIGHT / 2;
  if (timeoutMs / intervalMs <= most) return;
  throw faultAt([...path, 'timeout'], `must be at most ${most} intervals long`, {
    value: `${timeoutMs}ms`,
    remedy: 'shorten it or lengthen the interval',
  });
}

/** Defaults and rules of ping that depend on the protocol. */
function asPingTakes(probe: ProbeConfig, path: ConfigPath): ParsedOptions {
  const { protocol = 'echo', flows = 1, size, key_file: keyFile } = probe;
  if (keyFile !== undefined && protocol !== 'stamp') {
    throw faultAt([...path, 'key_file'], 'must be left out unless protocol is stamp');
  }
  const key = keyFile === undefined ? {} : { key: new Uint8Array(STAMP_KEY_MIN_BYTES) };
  const payload = size === undefined ? {} : { payloadBytes: size };
  try {
    return parsePingOptions({ host: 'localhost', protocol, flows, ...key, ...payload });
  } catch (error) {
    throw asFault([...path, 'size'], error);
  }
}
