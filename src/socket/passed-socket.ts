// SPDX-License-Identifier: MIT
// What a socket must be that somebody else has opened and bound, such as a service manager (sd_listen_fds(3)).

import { createError } from '../errors.ts';
import { isGroup } from './bind-addresses.ts';
import type { SocketAddress } from './ip-address.ts';

/** Makes the error for one that is something else. */
export function passedSocketError(fd: number, rule: string, found: string, remedy: string): Error {
  return createError('ECHOGRAM_ERR_PASSED_SOCKET', { fd, rule, found, remedy });
}

/** @param found  what it is instead: `a TCP socket` */
export function notUdp(fd: number, found: string): Error {
  return passedSocketError(fd, 'a UDP socket', found, 'use ListenDatagram= in the socket unit');
}

export function notUnconnected(fd: number): Error {
  const found = 'one that is connected to a peer';
  return passedSocketError(
    fd,
    'an unconnected socket',
    found,
    'use ListenDatagram= in the socket unit',
  );
}

export function notBound(fd: number): Error {
  return passedSocketError(
    fd,
    'bound to a port',
    'an unbound socket',
    'bind it before you pass it',
  );
}

/** @throws OptionError `ECHOGRAM_ERR_PASSED_SOCKET` for an address that no service may answer from */
export function requireOwnAddress(
  fd: number,
  isIPv6: boolean,
  { address, port }: SocketAddress,
  broadcasts: readonly number[],
): void {
  if (isGroup(address, broadcasts)) {
    const remedy = 'give an address of this host';
    throw passedSocketError(fd, 'bound to a unicast address', `${address} port ${port}`, remedy);
  }
  // An IPv4 address on an IPv6 socket.
  if (isIPv6 && address.includes('.')) throw notOneVersion(fd, `::ffff:${address} port ${port}`);
}

/** An IPv6 socket that receives IPv4 too. */
export function notOneVersion(fd: number, found: string): Error {
  const remedy =
    'set BindIPv6Only=ipv6-only in the socket unit, and add ListenDatagram=0.0.0.0:PORT for IPv4';
  return passedSocketError(fd, 'for one IP version', found, remedy);
}
