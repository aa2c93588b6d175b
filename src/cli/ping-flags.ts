// SPDX-License-Identifier: MIT
// The flags of echogram ping as options of a measurement, and the library's errors as those of flags.

import type { PingOptions } from '../client/ping-options.ts';
import { createError, EchogramError } from '../errors.ts';
import { formatNs } from '../quantities.ts';

export interface PingFlags {
  readonly count?: number;
  readonly interval?: number;
  readonly rate?: number;
  readonly size?: number;
  readonly duration?: number;
  readonly timeout?: number;
  readonly ipv4?: true;
  readonly ipv6?: true;
  readonly protocol: 'echo' | 'stamp' | 'udp-echo-plus';
  readonly keyFile?: string;
  readonly ttl?: number;
  readonly dscp?: number;
  readonly engine: 'auto' | 'linux' | 'portable';
  readonly schedule: 'periodic' | 'poisson';
  readonly sourcePorts: number;
  readonly allowBroadcast?: true;
  readonly flood?: true;
  readonly json?: true;
  readonly jsonl?: string;
  readonly csv?: string;
  readonly report?: string;
  readonly web?: number | true;
  readonly webHost?: string;
  readonly webToken?: string;
  readonly webTokenFile?: string;
  readonly quiet?: true;
  readonly plain?: true;
  readonly maxLoss?: number;
  readonly maxP99?: number;
}

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** The flag of each option that the library may refuse. */
const FLAG_OF: Readonly<Record<string, string>> = {
  allowBroadcast: '--allow-broadcast',
  allowFlood: '--flood',
  dscp: '--dscp',
  intervalMs: '--interval',
  payloadBytes: '--size',
  timeoutMs: '--timeout',
};

export function optionsFrom(
  { host, port }: Target,
  flags: PingFlags,
  key: Uint8Array | undefined,
): PingOptions & { intervalMs: number } {
  return {
    host,
    port,
    intervalMs: flags.rate === undefined ? (flags.interval ?? 1000) : 1000 / flags.rate,
    schedule: flags.schedule,
    sourcePorts: flags.sourcePorts,
    allowBroadcast: flags.allowBroadcast === true,
    allowFlood: flags.flood === true,
    ...(flags.timeout === undefined ? {} : { timeoutMs: flags.timeout }),
    ...(flags.count === undefined ? {} : { count: flags.count }),
    ...(flags.duration === undefined ? {} : { durationMs: flags.duration }),
    engine: flags.engine,
    protocol: flags.protocol,
    ...(key === undefined ? {} : { key }),
    ...(flags.size === undefined ? {} : { payloadBytes: flags.size }),
    ...(flags.maxLoss === undefined ? {} : { maxLossRatio: flags.maxLoss }),
    ...(flags.maxP99 === undefined ? {} : { maxP99Ms: flags.maxP99 }),
    ...(flags.ttl === undefined ? {} : { ttl: flags.ttl }),
    ...(flags.dscp === undefined ? {} : { dscp: flags.dscp }),
    ...(flags.ipv4 === true ? { ipVersion: 4 } : {}),
    ...(flags.ipv6 === true ? { ipVersion: 6 } : {}),
  };
}

/** An error that names an option, naming the flag that the user gave or might give. */
export function asFlag(error: unknown, flags: PingFlags): unknown {
  if (!EchogramError.is(error)) return error;
  if (error.code === 'ECHOGRAM_ERR_OPTION_VALUE') {
    const { option, value, ...data } = error.data;
    if (option === 'intervalMs' && flags.rate !== undefined) {
      return createError(error.code, { ...data, option: '--rate', value: String(flags.rate) });
    }
    const isTime = option === 'timeoutMs' || option === 'intervalMs';
    const shown = isTime ? formatNs(Number(value) * 1e6) : String(value);
    return createError(error.code, { ...data, option: FLAG_OF[option] ?? option, value: shown });
  }
  switch (error.code) {
    case 'ECHOGRAM_ERR_NEEDS_LINUX':
    case 'ECHOGRAM_ERR_FLOOD':
    case 'ECHOGRAM_ERR_BROADCAST':
      return createError(error.code, { ...error.data, option: FLAG_OF[error.data.option]! });
    default:
      return error;
  }
}
