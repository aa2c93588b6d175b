// SPDX-License-Identifier: MIT
// The socket options that find a path MTU: who may fragment a datagram, and in what fragments one arrived (ip(7),
// ipv6(7); RFC 8899 section 4.5 has the kernel keep out of it).

import type { Fragmentation } from '../probe-channel.ts';
import {
  IP_MTU_DISCOVER,
  IP_PMTUDISC_INTERFACE,
  IP_PMTUDISC_PROBE,
  IP_PMTUDISC_WANT,
  IP_RECVFRAGSIZE,
  IPV6_MTU,
  IPV6_MTU_DISCOVER,
  IPV6_RECVFRAGSIZE,
  SOL_IP,
  SOL_IPV6,
} from './constants.ts';
import type { Libc } from './libc.ts';
import { requireOption, setOption } from './socket-options.ts';

/** The values are the same for both IP versions. */
const DISCOVERY: Readonly<Record<Fragmentation, number>> = {
  whole: IP_PMTUDISC_PROBE,
  'by-routers': IP_PMTUDISC_INTERFACE,
  'at-source': IP_PMTUDISC_WANT,
};

/** Every IPv6 path carries packets of this size (RFC 8200 section 5). */
const IPV6_MIN_MTU = 1280;

/** Sets who may fragment what the socket sends from now on. @throws EngineUnavailable if the system refuses it */
export function fragmentAs(
  libc: Libc,
  fd: number,
  isIPv6: boolean,
  fragmentation: Fragmentation,
): void {
  const value = DISCOVERY[fragmentation];
  if (!isIPv6) {
    requireOption(libc, fd, SOL_IP, IP_MTU_DISCOVER, value);
    return;
  }
  requireOption(libc, fd, SOL_IPV6, IPV6_MTU_DISCOVER, value);
  // 0 lifts the limit, which would otherwise forbid longer datagrams that stay whole.
  requireOption(libc, fd, SOL_IPV6, IPV6_MTU, fragmentation === 'at-source' ? IPV6_MIN_MTU : 0);
}

/** Linux 4.10 and later report the largest fragment; @returns whether this system does */
export function reportFragments(libc: Libc, fd: number, isIPv6: boolean): boolean {
  return isIPv6
    ? setOption(libc, fd, SOL_IPV6, IPV6_RECVFRAGSIZE, 1)
    : setOption(libc, fd, SOL_IP, IP_RECVFRAGSIZE, 1);
}
