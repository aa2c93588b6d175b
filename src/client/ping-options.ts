// SPDX-License-Identifier: MIT
// The options of a measurement, and the rules that combine several of them.

import { createError } from '../errors.ts';
import { readBindAddress } from '../options/bind-address.ts';
import { ABORT_SIGNAL } from '../options/kind.ts';
import { option, type DefaultValues, type OptionValues } from '../options/option.ts';
import { parseOptions } from '../options/parse-options.ts';
import { PING_OPTIONS } from '../options/ping.ts';
import { ECHO_PORT, STAMP_PORT } from '../options/ports.ts';
import { countOf } from '../quantities.ts';
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
import { requireOneSource } from './interface-source.ts';
import { MAX_CAPACITY } from './session/in-flight.ts';
import type { ProtocolName } from './protocols/probe-protocol.ts';
import type { TriedAddress } from './session/session-result.ts';
import { UDP_ECHO_PLUS_PROBE_MIN_BYTES } from './protocols/udp-echo-plus-protocol.ts';

/** The target of a measurement. */
export interface PingTarget {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  /** The addresses of the host that were tried before the measurement; empty if it has only one. */
  readonly tried: readonly TriedAddress[];
  /** The ports that the probes leave from. */
  readonly sourcePorts: readonly number[];
  readonly engine: EngineName;
  /** Why `auto` did not use the Linux engine; `null` if it did, or was not chosen. */
  readonly engineReason: string | null;
}

/** What to measure, and how. Every field but `host` has a default. */
export interface PingOptions extends OptionValues<typeof PING_OPTIONS> {
  /**
   * A host name or an address. If it has several addresses, the first one that answers is measured. Each is given a
   * second, and at most five are tried.
   */
  readonly host: string;
  /**
   * Stops sending; outstanding replies are still waited for. If the reason has a `code` of SIGINT, SIGTERM or SIGHUP,
   * like the `code` of a Node error, the result's `endedBy` has the same code; otherwise it is ABORTED.
   */
  readonly signal?: AbortSignal;
  /**
   * Also ends the wait for replies. Probes that still had time to be answered are then in no count, and
   * `endedBy.leftOut` says how many there were.
   */
  readonly endSignal?: AbortSignal;
}

/** Including the signals, which are not data: they have no flag and no place in a result. */
const OPTIONS = {
  ...PING_OPTIONS,
  signal: option(ABORT_SIGNAL),
  endSignal: option(ABORT_SIGNAL),
};

/** Probes per second that may be sent to any host. */
export const MODEST_PPS = 1000;

/** Whatever the protocol. */
type WithDefaults = PingOptions & DefaultValues<typeof PING_OPTIONS>;

/** The options with every default. */
export type ParsedOptions = WithDefaults & Required<Pick<PingOptions, 'port' | 'payloadBytes'>>;

/**
 * The options with all defaults: some depend on the protocol.
 *
 * @throws OptionError for an invalid option
 */
export function parsePingOptions(options: PingOptions): ParsedOptions {
  const parsed: WithDefaults = parseOptions(OPTIONS, options);
  const { protocol, key, payloadBytes = usualBytes(protocol, key) } = parsed;
  const port = parsed.port ?? (protocol === 'stamp' ? STAMP_PORT : ECHO_PORT);
  if (key !== undefined && protocol !== 'stamp') {
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: 'key',
      rule: "left out unless protocol is 'stamp'",
      value: `a key of ${countOf(key.length, 'octet')}`,
    });
  }
  requirePayload(protocol, key, payloadBytes);
  requireRoom(parsed, options);
  requireOnePort(parsed);
  requireOneSource(parsed);
  requireDirections(parsed);
  return { ...parsed, port, payloadBytes };
}

function usualBytes(protocol: ProtocolName, key: Uint8Array | undefined): number {
  return protocol === 'echo' ? 64 : leastBytes(protocol, key);
}

/** The shortest probe of a protocol. */
export function leastBytes(protocol: ProtocolName, key: Uint8Array | undefined): number {
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
  // Octets beyond a STAMP packet are a TLV, and no TLV is shorter than its header.
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
      rule: `such that at most ${most} probes, the maximum in flight, fit into the timeout of ${timeoutMs} ms`,
      value: intervalMs,
      remedy: 'lower the rate or shorten the timeout',
    });
  }
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'timeoutMs',
    rule: `at most ${most} intervals long, because at most that many probes may be in flight`,
    value: timeoutMs,
    remedy: 'shorten it or lower the rate',
  });
}

/** Each source port has its own socket, and a given port can belong to only one socket. */
function requireOnePort({ bind, flows }: WithDefaults): void {
  if (bind === undefined || flows === 1 || readBindAddress(bind)?.port === 0) return;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'bind',
    rule: `an address without a port if there are ${flows} source ports`,
    value: bind,
    remedy: 'remove the port, or use a single source port',
  });
}

/** A plain echo is one round trip: it never shows in which direction a datagram was lost. */
function requireDirections(parsed: WithDefaults): void {
  if (parsed.protocol !== 'echo') return;
  const names = ['maxForwardLossRatio', 'maxBackwardLossRatio'] as const;
  const option = names.find((name) => parsed[name] !== undefined);
  if (option === undefined) return;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option,
    rule: 'used with a protocol that measures each direction: stamp or udp-echo-plus',
    value: parsed[option],
    remedy: 'choose that protocol, or limit the loss of both directions together',
  });
}

export function requireFits({ payloadBytes }: ParsedOptions, { ipVersion }: HostAddress): void {
  const limitBytes = ipVersion === 4 ? MAX_PAYLOAD_BYTES_IPV4 : MAX_PAYLOAD_BYTES_IPV6;
  if (payloadBytes <= limitBytes) return;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'payloadBytes',
    rule: `at most ${limitBytes}, the maximum for one datagram over IPv${ipVersion}`,
    value: payloadBytes,
  });
}

/** Like ping's --flood, which only root may use: an accidental extra zero must not hurt anybody's network. */
export function requireModesty(
  { intervalMs, allowFlood }: ParsedOptions,
  { address }: HostAddress,
): void {
  const ratePps = 1000 / intervalMs;
  if (ratePps <= MODEST_PPS || allowFlood || isLoopback(address)) return;
  const shownPps = Math.round(ratePps);
  throw createError('ECHOGRAM_ERR_FLOOD', { address, ratePps: shownPps, option: 'allowFlood' });
}
