// SPDX-License-Identifier: MIT
// What a measurement may be asked for: the options, their rules, and what they are where not given.

import { createError } from '../errors.ts';
import {
  ABORT_SIGNAL,
  BOOLEAN,
  ECHO_PORT,
  integer,
  HOST,
  number,
  oneOf,
  parseOptions,
  REMOTE_PORT,
  STAMP_KEY,
  STAMP_PORT,
  type OptionRules,
} from '../options.ts';
import {
  MAX_PAYLOAD_BYTES_IPV4,
  MAX_PAYLOAD_BYTES_IPV6,
  type EngineChoice,
  type EngineName,
} from '../socket/datagram-socket.ts';
import { isLoopback } from '../socket/ip-address.ts';
import type { HostAddress, IpVersion } from '../socket/resolve.ts';
import { PROBE_MIN_BYTES } from '../wire/probe.ts';
import { STAMP_LAYOUT } from '../wire/stamp.ts';
import { TLV_HEADER_BYTES } from '../wire/stamp-tlv.ts';
import { MAX_CAPACITY } from './session/in-flight.ts';
import type { ProtocolName } from './protocols/probe-protocol.ts';
import type { ScheduleKind } from './session/schedule.ts';
import type { TriedAddress } from './session/session-result.ts';
import type { ThresholdOptions } from './thresholds.ts';
import { UDP_ECHO_PLUS_PROBE_MIN_BYTES } from './protocols/udp-echo-plus-protocol.ts';

/** The target of a measurement. */
export interface PingTarget {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  /** Addresses of the host that were tried for an answer before; empty where it has one alone. */
  readonly tried: readonly TriedAddress[];
  /** The ports that the probes come from. */
  readonly sourcePorts: readonly number[];
  readonly engine: EngineName;
  /** Why `auto` did not take the Linux engine; `null` where it did, or wasn't asked. */
  readonly engineReason: string | null;
}

/** What to measure, and how. Every field but `host` has a default. */
export interface PingOptions extends ThresholdOptions {
  /**
   * A host name or an address. Of several addresses the first one that answers is measured; each is given a
   * second, and five are tried at most.
   */
  readonly host: string;
  /** Default 10000; of STAMP 862. */
  readonly port?: number;
  /**
   * `echo` asks any server that sends back what it gets. `stamp` (RFC 8762; TWAMP-Light) and
   * `udp-echo-plus` (TR-143) ask one that numbers and times its replies, and so tell the way there from the
   * way back. Default `echo`.
   */
  readonly protocol?: ProtocolName;
  /** Authenticates STAMP packets, by HMAC-SHA-256: 16 octets or more, the same at the other end. */
  readonly key?: Uint8Array;
  /** Asks only addresses of this IP version. Default: the resolver's order. */
  readonly ipVersion?: IpVersion;
  /** Probes to send. Default: no limit. */
  readonly count?: number;
  /** How long to send. Default: no limit. */
  readonly durationMs?: number;
  /** Time between two probes. Default 1000. */
  readonly intervalMs?: number;
  /** `poisson` draws the gaps so that no periodic cause can hide between probes. */
  readonly schedule?: ScheduleKind;
  /**
   * Length of each probe, from 44; of STAMP 44 or from 48 (with a key 112 or from 116), of UDPEchoPlus from
   * 68. Default 64, of the others the least.
   */
  readonly payloadBytes?: number;
  /** A probe without a reply for so long is lost; at most 524,288 intervals. Default 1000. */
  readonly timeoutMs?: number;
  /** Sends from that many ports in turn, so that each path of a balanced network is seen. */
  readonly sourcePorts?: number;
  /** Hops that a probe may take. Default: the system's. */
  readonly ttl?: number;
  /** Differentiated services code point of the probes, 0 to 63 (RFC 2474). Linux engine. */
  readonly dscp?: number;
  /**
   * `linux` measures with the kernel's time stamps in a thread of its own, `portable` on this thread's
   * event loop. Default `auto`: `linux` where it opens.
   */
  readonly engine?: EngineChoice;
  /** Allows a broadcast address as host. Default false. */
  readonly allowBroadcast?: boolean;
  /** Allows more than 1,000 probes a second to another host than this. Default false. */
  readonly allowFlood?: boolean;
  /**
   * Ends the sending; replies that are on their way are waited for. Where the reason has the `code` SIGINT,
   * SIGTERM or SIGHUP, as a Node error has its own, so has the result's `endedBy`; else that is ABORTED.
   */
  readonly signal?: AbortSignal;
  /**
   * Ends the waiting for replies as well. Probes that still had time to be answered are then in no count, and
   * `endedBy.leftOut` tells how many.
   */
  readonly endSignal?: AbortSignal;
}

const RULES: OptionRules<PingOptions> = {
  host: HOST,
  port: REMOTE_PORT,
  protocol: oneOf('echo', 'stamp', 'udp-echo-plus'),
  key: STAMP_KEY,
  ipVersion: oneOf(4, 6),
  count: integer(1, 2 ** 53 - 1),
  durationMs: number(0.001, 2 ** 31 - 1),
  intervalMs: number(0.001, 2 ** 31 - 1),
  schedule: oneOf('periodic', 'poisson'),
  payloadBytes: integer(PROBE_MIN_BYTES, MAX_PAYLOAD_BYTES_IPV6),
  timeoutMs: number(0.001, 2 ** 31 - 1),
  sourcePorts: integer(1, 1024),
  ttl: integer(1, 255),
  dscp: integer(0, 63),
  engine: oneOf('auto', 'linux', 'portable'),
  maxLossRatio: number(0, 1),
  maxP99Ms: number(0.001, 2 ** 31 - 1),
  allowBroadcast: BOOLEAN,
  allowFlood: BOOLEAN,
  signal: ABORT_SIGNAL,
  endSignal: ABORT_SIGNAL,
};

/** Probes a second that may go to any host. */
const MODEST_PPS = 1000;

const DEFAULTS = {
  protocol: 'echo',
  intervalMs: 1000,
  schedule: 'periodic',
  timeoutMs: 1000,
  sourcePorts: 1,
  engine: 'auto',
  allowBroadcast: false,
  allowFlood: false,
} as const satisfies Partial<PingOptions>;

/** Whatever the protocol. */
type WithDefaults = PingOptions & Required<Pick<PingOptions, keyof typeof DEFAULTS>>;

/** With every default. */
export type ParsedOptions = WithDefaults & Required<Pick<PingOptions, 'port' | 'payloadBytes'>>;

/**
 * The options with all defaults: some depend on the protocol.
 *
 * @throws OptionError for an option outside its rule
 */
export function parsePingOptions(options: PingOptions): ParsedOptions {
  const parsed: WithDefaults = parseOptions(RULES, options, DEFAULTS);
  const { protocol, key, payloadBytes = usualBytes(protocol, key) } = parsed;
  const port = parsed.port ?? (protocol === 'stamp' ? STAMP_PORT : ECHO_PORT);
  if (key !== undefined && protocol !== 'stamp') {
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: 'key',
      rule: "left out unless protocol is 'stamp'",
      value: `a key of ${key.length} octets`,
    });
  }
  requirePayload(protocol, key, payloadBytes);
  requireRoom(parsed, options);
  return { ...parsed, port, payloadBytes };
}

function usualBytes(protocol: ProtocolName, key: Uint8Array | undefined): number {
  return protocol === 'echo' ? 64 : leastBytes(protocol, key);
}

function leastBytes(protocol: ProtocolName, key: Uint8Array | undefined): number {
  switch (protocol) {
    case 'echo':
      return PROBE_MIN_BYTES;
    case 'stamp':
      return STAMP_LAYOUT[key === undefined ? 'unauthenticated' : 'authenticated'].bytes;
    case 'udp-echo-plus':
      return UDP_ECHO_PLUS_PROBE_MIN_BYTES;
  }
}

function requirePayload(
  protocol: ProtocolName,
  key: Uint8Array | undefined,
  payloadBytes: number,
): void {
  const least = leastBytes(protocol, key);
  // What exceeds a STAMP packet is a TLV, and no TLV is shorter than its header.
  const leastPadded = protocol === 'stamp' ? least + TLV_HEADER_BYTES : least;
  if (payloadBytes === least || payloadBytes >= leastPadded) return;
  const rule = protocol === 'stamp' ? `${least}, or at least ${leastPadded}` : `at least ${least}`;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'payloadBytes',
    rule: `${rule}, for ${protocol}${key === undefined ? '' : ' with a key'}`,
    value: payloadBytes,
  });
}

/** Every probe that may still be answered has to be remembered. */
function requireRoom({ intervalMs, timeoutMs }: WithDefaults, given: PingOptions): void {
  const most = MAX_CAPACITY / 2;
  if (timeoutMs / intervalMs <= most) return;
  if (given.timeoutMs === undefined) {
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: 'intervalMs',
      rule: `such that at most ${most} probes fit into the timeout of ${timeoutMs} ms, the most that may be in flight`,
      value: intervalMs,
      remedy: 'send less often, or give a shorter timeout',
    });
  }
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'timeoutMs',
    rule: `at most ${most} intervals long, the most probes that may be in flight`,
    value: timeoutMs,
    remedy: 'shorten it, or send less often',
  });
}

export function requireFits({ payloadBytes }: ParsedOptions, { ipVersion }: HostAddress): void {
  const limitBytes = ipVersion === 4 ? MAX_PAYLOAD_BYTES_IPV4 : MAX_PAYLOAD_BYTES_IPV6;
  if (payloadBytes <= limitBytes) return;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'payloadBytes',
    rule: `at most ${limitBytes}, the most one datagram carries over IPv${ipVersion}`,
    value: payloadBytes,
  });
}

/** As ping's --flood is for root alone: a slip of a zero must not hurt anybody's network. */
export function requireModesty(
  { intervalMs, allowFlood }: ParsedOptions,
  { address }: HostAddress,
): void {
  const ratePps = 1000 / intervalMs;
  if (ratePps <= MODEST_PPS || allowFlood || isLoopback(address)) return;
  const shownPps = Math.round(ratePps);
  throw createError('ECHOGRAM_ERR_FLOOD', { address, ratePps: shownPps, option: 'allowFlood' });
}
