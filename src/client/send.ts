// SPDX-License-Identifier: MIT
// Public: sends one message and waits for its echo.

import { isUint8Array } from 'node:util/types';
import { createError, systemCodeOf } from '../errors.ts';
import { ABORT_SIGNAL } from '../options/kind.ts';
import { option, type DefaultValues, type OptionValues } from '../options/option.ts';
import { parseOptions } from '../options/parse-options.ts';
import { SEND_OPTIONS } from '../options/send.ts';
import { MAX_PAYLOAD_BYTES_IPV4, MAX_PAYLOAD_BYTES_IPV6 } from '../socket/datagram-socket.ts';
import { isLoopback, type SocketAddress } from '../socket/ip-address.ts';
import { ConnectedSocket } from '../socket/portable/connected-socket.ts';
import { resolveHost, unmapped, type HostAddress, type IpVersion } from '../socket/resolve.ts';
import { monotonicNs } from '../time.ts';
import { systemCodeWords } from './session/icmp-error-kind.ts';
import { asBindFailure, localAddressOf, peersFrom, type LocalAddress } from './bind-address.ts';
import { serveCommand } from './serve-command.ts';
import { interfaceSource, requireOneSource } from './interface-source.ts';
import { untilReply } from './until-reply.ts';
import { untilSourceSettles } from './source-address.ts';

/** The target and how long to wait. Every field has a default. */
export interface SendOptions extends OptionValues<typeof SEND_OPTIONS> {
  /** Stops waiting; `send` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The reply to a message. */
export interface Reply {
  readonly payload: Buffer;
  /** True if the reply is the message, byte for byte. */
  readonly matches: boolean;
  /**
   * Round-trip time on the monotonic clock; `null` if the message was sent more than once, because then it is unknown
   * which copy was answered (RFC 8085 section 3.1.1).
   */
  readonly rttNs: number | null;
  readonly from: SocketAddress;
  readonly datagramsSent: number;
}

const OPTIONS = { ...SEND_OPTIONS, signal: option(ABORT_SIGNAL) };

type ParsedOptions = SendOptions & DefaultValues<typeof SEND_OPTIONS>;

/**
 * Sends `message` in one datagram and waits for a reply from the address it was sent to.
 *
 * If the host has several addresses, `send` tries the next one when an address refuses (ICMP), is silent through
 * all retries, or can't be reached.
 *
 * ```ts
 * const { rttNs } = await send('This is the message.  It will be repeated.');
 * ```
 *
 * @param message  text is sent as UTF-8
 * @throws OptionError for an invalid option, or a message too long for one datagram
 * @throws SocketError if the host does not resolve or the system refuses to send
 * @throws ProtocolError `ECHOGRAM_ERR_NO_REPLY`, `ECHOGRAM_ERR_ICMP`, `ECHOGRAM_ERR_PORT_CLOSED`, `ECHOGRAM_ERR_PATH_LIMIT`
 */
export function send(message: string | Uint8Array, options: SendOptions = {}): Promise<Reply> {
  return exchange(message, options);
}

/**
 * Progress of `exchange`. An attempt sends the message once; attempts count from 1, and start again at each address.
 */
export interface ExchangeHooks {
  /** A datagram is about to be sent. */
  readonly onSending?: (attempt: number) => void;
  /** The datagram has left. */
  readonly onSent?: (attempt: number) => void;
}

/** The longest message that one datagram carries. */
export function maxMessageBytes(ipVersion: IpVersion): number {
  return ipVersion === 4 ? MAX_PAYLOAD_BYTES_IPV4 : MAX_PAYLOAD_BYTES_IPV6;
}

/** Does what `send` does, and reports its progress. */
export async function exchange(
  message: string | Uint8Array,
  options: SendOptions,
  hooks: ExchangeHooks = {},
): Promise<Reply> {
  const parsed: ParsedOptions = parseOptions(OPTIONS, options);
  const { host, port, bind, interface: device, family: ipVersion, signal } = parsed;
  requireOneSource(parsed);
  signal?.throwIfAborted();
  const payload = payloadOf(message);
  const bound = await localAddressOf(bind);
  const resolved = await resolveHost(unmapped(host), { ipVersion, signal });
  const local = device === undefined ? bound : interfaceSource(device, resolved);
  const peers = peersFrom(resolved, port, local);
  const failures: Failure[] = [];
  for (const peer of peers) {
    requireFits(payload, peer.ipVersion);
    try {
      return await ask(peer, payload, { ...parsed, local }, hooks);
    } catch (error) {
      parsed.signal?.throwIfAborted();
      failures.push({ address: peer.address, error });
      if (!ASKS_NEXT.has(systemCodeOf(error))) break;
    }
  }
  throw describeFailure(failures, parsed);
}

/** Why an address gave no reply. */
interface Failure {
  readonly address: string;
  readonly error: unknown;
}

/** Errors after which another address of the host may work. EINVAL means a link-local address without its zone. */
const ASKS_NEXT: ReadonlySet<string> = new Set([
  ...['ECHOGRAM_ERR_NO_REPLY', 'ECHOGRAM_ERR_ICMP'],
  ...['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'],
  // Prohibited by a route or a firewall of this host, or an interface that is down or gone.
  ...['EACCES', 'EPERM', 'ENETDOWN', 'ENODEV'],
]);

async function ask(
  peer: HostAddress,
  payload: Uint8Array,
  options: ParsedOptions & { readonly local: LocalAddress | undefined },
  hooks: ExchangeHooks,
): Promise<Reply> {
  const { port, timeoutMs, retries, local } = options;
  if (local === undefined) await untilSourceSettles(peer, port, options.signal);
  await using socket = await ConnectedSocket.open(peer, port, local).catch((error: unknown) => {
    throw asBindFailure(error, local, peer);
  });
  /** The error code of the latest ICMP error. */
  let hint: string | undefined;
  for (let datagramsSent = 1; datagramsSent <= retries + 1; datagramsSent++) {
    hooks.onSending?.(datagramsSent);
    const sentAtNs = monotonicNs();
    await socket.send(payload);
    hooks.onSent?.(datagramsSent);
    const arrival = await untilReply(socket, peer, timeoutMs, options.signal);
    hint = arrival instanceof Error ? systemCodeOf(arrival) : hint;
    if (hint === 'ECONNREFUSED') throw arrival as unknown as Error;
    if (arrival === undefined || arrival instanceof Error) continue;
    return {
      payload: arrival.payload,
      matches: Buffer.compare(payload, arrival.payload) === 0,
      rttNs: datagramsSent === 1 ? arrival.receivedAtNs - sentAtNs : null,
      from: { address: peer.address, port },
      datagramsSent,
    };
  }
  const asked = { host: peer.address, port, datagramsSent: retries + 1 };
  if (hint === 'EMSGSIZE') {
    throw createError('ECHOGRAM_ERR_PATH_LIMIT', { ...asked, payloadBytes: payload.length });
  }
  if (hint !== undefined) {
    throw createError('ECHOGRAM_ERR_ICMP', { ...asked, timeoutMs, icmp: systemCodeWords(hint) });
  }
  throw createError('ECHOGRAM_ERR_NO_REPLY', { ...asked, timeoutMs });
}

// The type is checked here too, for callers in JavaScript.
function payloadOf(message: unknown): Uint8Array {
  if (typeof message === 'string') return new TextEncoder().encode(message);
  if (isUint8Array(message)) return message;
  const rule = 'a string or a Uint8Array';
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', { option: 'message', rule, value: message });
}

function requireFits(payload: Uint8Array, ipVersion: IpVersion): void {
  const limitBytes = maxMessageBytes(ipVersion);
  const payloadBytes = payload.length;
  if (payloadBytes <= limitBytes) return;
  throw createError('ECHOGRAM_ERR_MESSAGE_LENGTH', { payloadBytes, limitBytes, ipVersion });
}

function describeFailure(failures: readonly Failure[], { host, port }: ParsedOptions): unknown {
  const failedBy = (code: string): Failure[] =>
    failures.filter(({ error }) => systemCodeOf(error) === code);
  // Silence may be loss, and says less than the refusal of another address.
  const [silent] = failedBy('ECHOGRAM_ERR_NO_REPLY');
  if (silent !== undefined) return silent.error;
  const refused = failedBy('ECONNREFUSED');
  if (refused.length > 0) {
    const addresses = refused.map(({ address }) => address);
    const command = serveCommand({
      host,
      addresses,
      port,
      protocol: 'echo',
      isAuthenticated: false,
    });
    return createError(
      'ECHOGRAM_ERR_PORT_CLOSED',
      { host, port, addresses, isSenderKnown: addresses.every(isLoopback), command },
      refused.at(-1)!.error,
    );
  }
  const { address, error } = failures.at(-1)!;
  const systemCode = systemCodeOf(error);
  if (systemCode.startsWith('ECHOGRAM_') || systemCode === 'UNKNOWN') return error;
  return createError('ECHOGRAM_ERR_SEND', { host, port, address, systemCode }, error);
}
