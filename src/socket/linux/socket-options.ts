// SPDX-License-Identifier: MIT
// Sets and names the options of a socket. If the kernel or a sandbox refuses one that the engine needs (an old kernel,
// gVisor, seccomp), that is a reason to use the other engine, not a fault of the address.

import { EngineUnavailable } from './availability.ts';
import {
  IP_MTU_DISCOVER,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPV6_MTU,
  IPV6_MTU_DISCOVER,
  IPV6_RECVERR,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  SO_BINDTODEVICE,
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
    [IP_MTU_DISCOVER]: 'IP_MTU_DISCOVER',
    [IP_PKTINFO]: 'IP_PKTINFO',
    [IP_RECVERR]: 'IP_RECVERR',
    [IP_RECVTOS]: 'IP_RECVTOS',
    [IP_RECVTTL]: 'IP_RECVTTL',
    [IP_TOS]: 'IP_TOS',
    [IP_TTL]: 'IP_TTL',
  },
  [SOL_IPV6]: {
    [IPV6_MTU]: 'IPV6_MTU',
    [IPV6_MTU_DISCOVER]: 'IPV6_MTU_DISCOVER',
    [IPV6_RECVERR]: 'IPV6_RECVERR',
    [IPV6_RECVHOPLIMIT]: 'IPV6_RECVHOPLIMIT',
    [IPV6_RECVPKTINFO]: 'IPV6_RECVPKTINFO',
    [IPV6_RECVTCLASS]: 'IPV6_RECVTCLASS',
    [IPV6_TCLASS]: 'IPV6_TCLASS',
    [IPV6_UNICAST_HOPS]: 'IPV6_UNICAST_HOPS',
    [IPV6_V6ONLY]: 'IPV6_V6ONLY',
  },
};

/** Sets an option, for example to turn a feature on or off. Returns whether the kernel accepted it. */
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

/** Sets an option that the engine needs. @throws EngineUnavailable if it is refused */
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

/**
 * Makes the socket send and receive through this interface alone (socket(7)). Since Linux 5.7 that needs no privilege.
 *
 * @throws EngineUnavailable if it is refused
 * @throws the system's error in Node's shape, ENODEV, if the interface is gone
 */
export function bindToDevice(libc: Libc, fd: number, device: string): void {
  const name = Buffer.from(`${device}\0`);
  if (libc.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, libc.address(name), name.length) === 0)
    return;
  const error = systemError('setsockopt', libc.errno());
  if (error.code === 'ENODEV') throw error;
  throw new EngineUnavailable(
    `the system refuses the socket option SO_BINDTODEVICE (${error.code ?? ''})`,
    { cause: error },
  );
}

/** Reads an option that is one int; `null` if the system does not report it. */
export function readOption(libc: Libc, fd: number, level: number, name: number): number | null {
  const value = new Int32Array(1);
  const bytes = Int32Array.of(value.byteLength);
  const status = libc.getsockopt(fd, level, name, libc.address(value), libc.address(bytes));
  return status < 0 ? null : value[0]!;
}
