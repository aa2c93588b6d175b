// SPDX-License-Identifier: MIT
// What a measurement may be asked for: its options, and the rules that join several of them.

import { createError } from '../errors.ts';
import { readBindAddress } from '../options/bind-address.ts';
import { ABORT_SIGNAL } from '../options/kind.ts';
import { option, type DefaultValues, type OptionValues } from '../options/option.ts';
import { parseOptions } from '../options/parse-options.ts';
import { PING_OPTIONS } from '../options/ping.ts';
import { ECHO_PORT, STAMP_PORT } from '../options/ports.ts';
import {
  MAX_PAYLOAD_BYTES_IPV4,
  MAX_PAYLOAD_BYTES_IPV6,
  type EngineName,
} from '../socket/datagram-socket.ts';
import { isLoopback } from '../socket/ip-address.ts';
import type { HostAddress } from '../socket/resolve.ts';
import { PROBE_MIN_BYTES } from '../wire/probe.ts';
import { STAMP_LAYOUT } from '../wire/stamp.ts';
import { TLV_HEADER_BYTES } from '../wire/stamp-tlv.ts';
import { MAX_CAPACITY } from './session/in-flight.ts';
import type { ProtocolName } from './protocols/probe-protocol.ts';
import type { TriedAddress } from './session/session-result.ts';
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
export interface PingOptions extends OptionValues<typeof PING_OPTIONS> {
  /**
   * A host name or an address. Of several addresses the first one that answers is measured; each is given a
   * second, and five are tried at most.
   */
  readonly host: string;
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

/** With the signals, which are not data: they have no flag and no place in a result. */
const OPTIONS = {
  ...PING_OPTIONS,
  signal: option(ABORT_SIGNAL),
  endSignal: option(ABORT_SIGNAL),
};

/** Probes a second that may go to any host. */
const MODEST_PPS = 1000;

/** Whatever the protocol. */
type WithDefaults = PingOptions & DefaultValues<typeof PING_OPTIONS>;

/** With every default. */
export type ParsedOptions = WithDefaults & Required<Pick<PingOptions, 'port' | 'payloadBytes'>>;

/**
 * The options with all defaults: some depend on the protocol.
 *
 * @throws OptionError for an option outside its rule
 */
export function parsePingOptions(options: PingOptions): ParsedOptions {
  const parsed: WithDefaults = parseOptions(OPTIONS, options);
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
  requireOnePort(parsed);
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

/** Each source port has a socket of its own, and one port is one socket's. */
function requireOnePort({ bind, flows }: WithDefaults): void {
  if (bind === undefined || flows === 1 || readBindAddress(bind)?.port === 0) return;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'bind',
    rule: `an address without a port where there are ${flows} source ports`,
    value: bind,
    remedy: 'leave the port out, or send from one source port',
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
