// SPDX-License-Identifier: MIT
// The options of a load measurement, and what it reports while it runs.

import { createError } from '../errors.ts';
import {
  MODEST_PPS,
  parsePingOptions,
  type ParsedOptions,
  type PingOptions,
} from '../client/ping-options.ts';
import { isLoopback } from '../socket/ip-address.ts';
import type { HostAddress } from '../socket/resolve.ts';
import { readBindAddress } from '../options/bind-address.ts';
import { ABORT_SIGNAL, CALLBACK } from '../options/kind.ts';
import { LOAD_OPTIONS } from '../options/load.ts';
import { option, type DefaultValues, type OptionValues } from '../options/option.ts';
import { parseOptions } from '../options/parse-options.ts';
import { ipBytesOf, MAX_PPS, ppsOf } from '../options/rate.ts';
import { formatCount, formatExactRatio } from '../quantities.ts';
import type { EngineName } from '../socket/datagram-socket.ts';
import type { LoadTarget, LoadTrial, Throughput, TrialPhase } from './load-result.ts';

/** What to load, and how. Every field but `host` has a default. */
export interface LoadOptions extends OptionValues<typeof LOAD_OPTIONS> {
  /** A host name or an address. If it has several addresses, the first one that answers is loaded. */
  readonly host: string;
  /**
   * Stops the search: the running trial ends, and the result is what is known by then. If the reason has a `code` of
   * SIGINT, SIGTERM or SIGHUP, the result's `endedBy` has the same code; otherwise it is ABORTED.
   */
  readonly signal?: AbortSignal;
  /** Called as the search goes on: when a trial begins and ends, and a few times a second while it runs. */
  readonly onProgress?: (progress: LoadProgress) => void;
}

const OPTIONS = {
  ...LOAD_OPTIONS,
  signal: option(ABORT_SIGNAL),
  onProgress: option(CALLBACK),
};

/** The options with every default. */
export type ParsedLoadOptions = LoadOptions & DefaultValues<typeof LOAD_OPTIONS>;

/** What may be sent to any host, in bits per second of IP packets. */
const MODEST_IP_BPS = 10e6;

/** Beyond this rate the load takes many paths and receive queues, as the traffic of many users would. */
const ONE_PORT_PPS = 10_000;
const MANY_PORTS = 16;

/**
 * The options with their defaults, and what they have in common with those of a ping.
 *
 * @throws OptionError for an invalid option
 */
export function parseLoadOptions(options: LoadOptions): {
  readonly parsed: ParsedLoadOptions;
  readonly ping: ParsedOptions;
} {
  const parsed: ParsedLoadOptions = parseOptions(OPTIONS, options);
  const { host, port, payloadBytes, family, protocol, key, bind, engine, dscp, signal } = parsed;
  const { sourcePorts: flows, interface: device } = parsed;
  const shared = { host, port, payloadBytes, family, protocol, key, bind, engine, dscp, signal };
  // To parsePingOptions, undefined is not given.
  const ping = parsePingOptions({ ...shared, interface: device, flows } as PingOptions);
  const { maxLossRatio, precisionRatio } = parsed;
  if (precisionRatio >= maxLossRatio) return { parsed, ping };
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'precisionRatio',
    rule: `at least the permitted loss, which is ${formatExactRatio(maxLossRatio)}`,
    value: precisionRatio,
  });
}

/**
 * The highest rate that may be tried, in datagrams per second.
 *
 * @throws OptionError if more is asked for than may be sent to another host, or more must be reached than may be tried
 */
export function ceilingOf(
  options: ParsedLoadOptions,
  payloadBytes: number,
  peer: HostAddress,
): number {
  const ceilingPps = permittedOf(options, payloadBytes, peer);
  const { minRate } = options;
  const leastPps = minRate === undefined ? 0 : ppsOf(minRate, payloadBytes, peer.ipVersion);
  if (leastPps <= ceilingPps) return ceilingPps;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'minRate',
    rule: `at most the highest rate to try, which is ${formatCount(Math.floor(ceilingPps))} datagrams per second`,
    value: leastPps,
  });
}

function permittedOf(
  { maxRate, allowFlood }: ParsedLoadOptions,
  payloadBytes: number,
  { address, ipVersion }: HostAddress,
): number {
  const modestPps = Math.min(MODEST_PPS, ppsOf({ ipBps: MODEST_IP_BPS }, payloadBytes, ipVersion));
  const isFree = isLoopback(address);
  if (maxRate === undefined) return isFree ? MAX_PPS : modestPps;
  const pps = Math.min(MAX_PPS, ppsOf(maxRate, payloadBytes, ipVersion));
  if (isFree || allowFlood || pps <= modestPps) return pps;
  if (pps > MODEST_PPS) {
    const ratePps = Math.round(pps);
    throw createError('ECHOGRAM_ERR_FLOOD', { address, ratePps, option: 'allowFlood' });
  }
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'maxRate',
    rule: `at most 10 Mbit/s, which are ${Math.floor(modestPps)} datagrams of ${ipBytesOf(payloadBytes, ipVersion)} octets a second, to another host unless a flood is allowed`,
    value: pps,
  });
}

/** How many source ports a load leaves from. */
export function sourcePortsOf(
  { sourcePorts, bind }: ParsedLoadOptions,
  ceilingPps: number,
): number {
  if (sourcePorts !== undefined) return sourcePorts;
  const hasPort = bind !== undefined && readBindAddress(bind)?.port !== 0;
  return ceilingPps > ONE_PORT_PPS && !hasPort ? MANY_PORTS : 1;
}

/** `idle`: the path without load. `warm-up`: a trial that is discarded. The others are those of a trial. */
export type LoadPhase = 'idle' | 'warm-up' | TrialPhase;

/** How far a search has come. */
export interface LoadProgress {
  readonly target: LoadTarget;
  readonly engine: EngineName;
  /** Why `auto` did not use the Linux engine; `null` if it did, or was not chosen. */
  readonly engineReason: string | null;
  readonly phase: LoadPhase;
  /** Since the start. */
  readonly elapsedNs: number;
  readonly budgetNs: number;
  /** The current trial; `null` between two. */
  readonly trial: CurrentTrial | null;
  /** What is known so far. */
  readonly bracket: Pick<Throughput, 'lowerPps' | 'upperPps'>;
  /** Those that are over. */
  readonly trials: readonly LoadTrial[];
}

/** A trial that is running. */
export interface CurrentTrial {
  readonly intendedPps: number;
  readonly durationNs: number;
  readonly elapsedNs: number;
}
