// SPDX-License-Identifier: MIT
// Resolves a host name, or an address, to IP addresses.

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
  /** Return only addresses of this version. */
  readonly ipVersion?: IpVersion | undefined;
  /**
   * Abandons the lookup. The system's lookup continues in one of Node's threads until it ends by itself, and a process
   * that exits meanwhile waits for it.
   */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns every address of `host`, each once, in the resolver's order.
 *
 * @throws SocketError `ECHOGRAM_ERR_HOST_UNRESOLVED`; the signal's reason, at once if it aborts
 */
export async function resolveHost(
  host: string,
  { ipVersion, signal }: ResolveOptions = {},
): Promise<readonly HostAddress[]> {
  signal?.throwIfAborted();
  const literal = literalAddress(host);
  const wanted = ipVersion === undefined ? {} : { ipVersion };
  if (literal !== undefined) {
    if (ipVersion === undefined || literal.ipVersion === ipVersion) return [literal];
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
 * The addresses of `localhost` if the system does not know it, for example without /etc/hosts: always the loopback
 * addresses (RFC 6761 section 6.3). None for any other name.
 */
export function loopbackOf(host: string, ipVersion?: IpVersion): readonly HostAddress[] {
  if (!/^localhost\.?$/i.test(host)) return [];
  const loopback: readonly HostAddress[] = [
    { address: '127.0.0.1', ipVersion: 4 },
    { address: '::1', ipVersion: 6 },
  ];
  return loopback.filter((own) => ipVersion === undefined || own.ipVersion === ipVersion);
}

/** Turns `fe80::1%2` into `fe80::1%eth0`: Node's own sockets know interfaces only by name. */
function withZoneName(address: string): string {
  return address.replace(/%(\d+)$/, (_, zone: string) => `%${zoneName(Number(zone))}`);
}

/** The address that a text is, or `undefined` for a name. */
export function literalAddress(host: string): HostAddress | undefined {
  if (isIPv4(host)) return { address: host, ipVersion: 4 };
  // Only IPv6 has zones, and isIPv6 rejects zones with an underscore, which interface names often have.
  const isIPv6Text = isIPv6(host.replace(/%.+$/, ''));
  return isIPv6Text ? { address: withZoneName(host), ipVersion: 6 } : undefined;
}

/**
 * Converts an IPv4-mapped address to the IPv4 address that it stands for (RFC 4291 section 2.5.5.2): datagrams to it
 * travel over IPv4, and an IPv6 socket lacks the options and ICMP errors of IPv4. Any other text is returned unchanged.
 */
export function unmapped(host: string): string {
  const words = host.includes(':') ? parseAddress(host) : undefined;
  return words?.[0] === 0 && words[1] === 0 && words[2] === MAPPED_PREFIX
    ? formatAddressWords(words)
    : host;
}
