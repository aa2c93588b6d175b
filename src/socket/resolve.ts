// SPDX-License-Identifier: MIT
// From a host name, or an address, to the IP addresses behind it.

import { lookup } from 'node:dns/promises';
import { isIPv4, isIPv6 } from 'node:net';
import { createError, systemCodeOf } from '../errors.ts';

export type IpVersion = 4 | 6;

/** An address as the system prints it, and its IP version. */
export interface HostAddress {
  readonly address: string;
  readonly ipVersion: IpVersion;
}

/**
 * Returns every address of `host`, each once, in the resolver's order.
 *
 * @param ipVersion  take only addresses of this version
 * @throws SocketError `ECHOGRAM_ERR_HOST_UNRESOLVED`
 */
export async function resolveHost(
  host: string,
  ipVersion?: IpVersion,
): Promise<readonly HostAddress[]> {
  const literal = literalVersion(host);
  const wanted = ipVersion === undefined ? {} : { ipVersion };
  if (literal !== undefined) {
    if (ipVersion === undefined || literal === ipVersion) {
      return [{ address: host, ipVersion: literal }];
    }
    throw createError('ECHOGRAM_ERR_HOST_UNRESOLVED', {
      host,
      systemCode: 'EAFNOSUPPORT',
      ...wanted,
    });
  }
  try {
    const found = await lookup(host, { all: true, family: ipVersion ?? 0, verbatim: true });
    const distinct = new Map(found.map(({ address, family }) => [address, family]));
    return [...distinct].map(([address, family]) => ({ address, ipVersion: family as IpVersion }));
  } catch (cause) {
    const systemCode = systemCodeOf(cause);
    throw createError('ECHOGRAM_ERR_HOST_UNRESOLVED', { host, systemCode, ...wanted }, cause);
  }
}

/** The IP version of an address in text, or `undefined` for a name. */
function literalVersion(host: string): IpVersion | undefined {
  if (isIPv4(host)) return 4;
  // Only IPv6 has zones, and isIPv6 knows none with the underscore of many an interface's name.
  return isIPv6(host.replace(/%.+$/, '')) ? 6 : undefined;
}
