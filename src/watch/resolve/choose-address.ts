// SPDX-License-Identifier: MIT
// Chooses which of a name's addresses is probed.

import { listInterfaces } from '../../socket/interfaces.ts';
import { isLinkLocal, isLoopback } from '../../socket/ip-address.ts';
import type { HostAddress, IpVersion } from '../../socket/resolve.ts';

/**
 * The address that is already probed, as long as the name has it: name servers rotate their answers, and a target
 * should not move each time. Otherwise the first one; an IPv6 address if this host has an IPv6 address that reaches
 * beyond its link.
 *
 * @param unknown  IP versions for which it is unknown whether the name has addresses
 * @returns `undefined` if there is none
 */
export function chooseAddress(
  addresses: readonly HostAddress[],
  unknown: readonly IpVersion[],
  current: HostAddress | undefined,
): HostAddress | undefined {
  if (current !== undefined) {
    const isThere = addresses.some(({ address }) => address === current.address);
    if (isThere || unknown.includes(current.ipVersion)) return current;
  }
  const version = hasWideIPv6() && !addresses.some(({ address }) => isLoopback(address)) ? 6 : 4;
  return addresses.find(({ ipVersion }) => ipVersion === version) ?? addresses[0];
}

function hasWideIPv6(): boolean {
  const infos = Object.values(listInterfaces().interfaces).flat();
  return infos.some(
    ({ family, internal, address }) => family === 'IPv6' && !internal && !isLinkLocal(address),
  );
}
