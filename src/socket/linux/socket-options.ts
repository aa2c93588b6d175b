// SPDX-License-Identifier: MIT
// Options of a socket, set and named. One that the engine needs and the kernel or a sandbox refuses (an old
// kernel, gVisor, seccomp) is a reason to take the other engine, and no fault of an address.

import { EngineUnavailable } from './availability.ts';
import {
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPV6_RECVERR,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  SO_BROADCAST,
  SO_REUSEPORT,
  SO_TIMESTAMPNS,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
} from './constants.ts';
import { systemError, type Libc } from './libc.ts';

/** The names of those that are required, by level and number. */
const NAMES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  [SOL_SOCKET]: {
    [SO_BROADCAST]: 'SO_BROADCAST',
    [SO_REUSEPORT]: 'SO_REUSEPORT',
    [SO_TIMESTAMPNS]: 'SO_TIMESTAMPNS',
  },
  [SOL_IP]: {
    [IP_PKTINFO]: 'IP_PKTINFO',
    [IP_RECVERR]: 'IP_RECVERR',
    [IP_RECVTOS]: 'IP_RECVTOS',
    [IP_RECVTTL]: 'IP_RECVTTL',
    [IP_TOS]: 'IP_TOS',
    [IP_TTL]: 'IP_TTL',
  },
  [SOL_IPV6]: {
    [IPV6_RECVERR]: 'IPV6_RECVERR',
    [IPV6_RECVHOPLIMIT]: 'IPV6_RECVHOPLIMIT',
    [IPV6_RECVPKTINFO]: 'IPV6_RECVPKTINFO',
    [IPV6_RECVTCLASS]: 'IPV6_RECVTCLASS',
    [IPV6_TCLASS]: 'IPV6_TCLASS',
    [IPV6_UNICAST_HOPS]: 'IPV6_UNICAST_HOPS',
    [IPV6_V6ONLY]: 'IPV6_V6ONLY',
  },
};

/** Sets an option, such as to switch a feature on or off. Returns whether the kernel took it. */
export function setOption(
  libc: Libc,
  fd: number,
  level: number,
  name: number,
  value: number,
): boolean {
  const bytes = Int32Array.of(value);
  return libc.setsockopt(fd, level, name, libc.address(bytes), bytes.byteLength) === 0;
}

/** Sets an option that the engine can't do without. @throws EngineUnavailable where it is refused */
export function requireOption(
  libc: Libc,
  fd: number,
  level: number,
  name: number,
  value = 1,
): void {
  if (setOption(libc, fd, level, name, value)) return;
  const cause = systemError('setsockopt', libc.errno());
  const what = NAMES[level]?.[name] ?? `option ${name} of level ${level}`;
  throw new EngineUnavailable(
    `the system refuses the socket option ${what} (${cause.code ?? ''})`,
    {
      cause,
    },
  );
}

/** Reads an option that is one int; `null` where the system does not tell. */
export function readOption(libc: Libc, fd: number, level: number, name: number): number | null {
  const value = new Int32Array(1);
  const bytes = Int32Array.of(value.byteLength);
  const status = libc.getsockopt(fd, level, name, libc.address(value), libc.address(bytes));
  return status < 0 ? null : value[0]!;
}
