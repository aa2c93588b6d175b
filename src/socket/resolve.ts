// SPDX-License-Identifier: MIT
// From a host name, or an address, to the IP addresses behind it.

import { lookup } from 'node:dns/promises';
import { isIPv4, isIPv6 } from 'node:net';
import { unlessAborted } from '../abort.ts';
import { createError, systemCodeOf } from '../errors.ts';
import { formatAddressWords, MAPPED_PREFIX, parseAddress } from './ip-address.ts';
import { zoneName } from './interfaces.ts';

export type IpVersion = 4 | 6;

/** An address as the system prints it, and its IP version. */
export interface HostAddress {
  readonly address: string;
  readonly ipVersion: IpVersion;
}

export interface ResolveOptions {
  /** Take only addresses of this version. */
  readonly ipVersion?: IpVersion | undefined;
  /**
   * Abandons the look-up. The system's own goes on in a thread of Node's until it ends by itself, and a
   * process that exits meanwhile waits for it.
   */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns every address of `host`, each once, in the resolver's order.
 *
 * @throws SocketError `ECHOGRAM_ERR_HOST_UNRESOLVED`; the signal's reason, at once where it aborts
 */
export async function resolveHost(
  host: string,
  { ipVersion, signal }: ResolveOptions = {},
): Promise<readonly HostAddress[]> {
  signal?.throwIfAborted();
  const literal = literalVersion(host);
  const wanted = ipVersion === undefined ? {} : { ipVersion };
  if (literal !== undefined) {
    if (ipVersion === undefined || literal === ipVersion) {
      return [{ address: withZoneName(host), ipVersion: literal }];
    }
    throw createError('ECHOGRAM_ERR_HOST_UNRESOLVED', {
      host,
      systemCode: 'EAFNOSUPPORT',
      ...wanted,
    });
  }
  try {
    const looking = lookup(host, { all: true, family: ipVersion ?? 0, verbatim: true });
    const found = await (signal === undefined ? looking : unlessAborted(looking, signal));
    const distinct = new Map(found.map(({ address, family }) => [address, family]));
    return [...distinct].map(([address, family]) => ({ address, ipVersion: family as IpVersion }));
  } catch (cause) {
    signal?.throwIfAborted();
    const own = loopbackOf(host, ipVersion);
    if (own.length > 0) return own;
    const systemCode = systemCodeOf(cause);
    throw createError('ECHOGRAM_ERR_HOST_UNRESOLVED', { host, systemCode, ...wanted }, cause);
  }
}

/**
 * What `localhost` is where the system does not know it, as without /etc/hosts: always the loopback
 * addresses (RFC 6761 section 6.3). None for any other name.
 */
function loopbackOf(host: string, ipVersion: IpVersion | undefined): readonly HostAddress[] {
  if (!/^localhost\.?$/i.test(host)) return [];
  const loopback: readonly HostAddress[] = [
    { address: '127.0.0.1', ipVersion: 4 },
    { address: '::1', ipVersion: 6 },
  ];
  return loopback.filter((own) => ipVersion === undefined || own.ipVersion === ipVersion);
}

/** `fe80::1%2` as `fe80::1%eth0`: Node's own sockets know interfaces by their names alone. */
function withZoneName(address: string): string {
  return address.replace(/%(\d+)$/, (_, zone: string) => `%${zoneName(Number(zone))}`);
}

/** The IP version of an address in text, or `undefined` for a name. */
function literalVersion(host: string): IpVersion | undefined {
  if (isIPv4(host)) return 4;
  // Only IPv6 has zones, and isIPv6 knows none with the underscore of many an interface's name.
  return isIPv6(host.replace(/%.+$/, '')) ? 6 : undefined;
}

/**
 * An IPv4-mapped address as the IPv4 one that it stands for (RFC 4291 section 2.5.5.2): what goes there goes over
 * IPv4, whose options and ICMP errors an IPv6 socket has not. Any other text as it is.
 */
export function unmapped(host: string): string {
  const words = host.includes(':') ? parseAddress(host) : undefined;
  return words?.[0] === 0 && words[1] === 0 && words[2] === MAPPED_PREFIX
    ? formatAddressWords(words)
    : host;
}
