// SPDX-License-Identifier: MIT
// Datagrams to a probe's port from anybody but the target never reach a connected socket, such as the reply of a server
// that answers from another address, or through a NAT whose mapping changed. A second socket on the same address and
// port receives them.

import { localAddress } from './bind.ts';
import {
  AF_INET,
  AF_INET6,
  IPV6_V6ONLY,
  SO_RCVBUF,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_IPV6,
  SOL_SOCKET,
} from './constants.ts';
import type { Libc } from './libc.ts';
import type { OpenProbeSocket } from './open-probe-socket.ts';
import { encodeSockaddr } from './sockaddr.ts';
import { setOption } from './socket-options.ts';

/** Room for some hundred short datagrams. */
const RECEIVE_BUFFER_BYTES = 128 * 1024;

/**
 * Opens one beside a connected socket. The kernel delivers a datagram from the peer to the connected one, because that
 * is the better match. The two share the port only at the moment of the bind, so that no other socket joins them and
 * the kernel does not distribute datagrams among a group.
 *
 * @returns its descriptor; `undefined` if the system does not permit it
 */
export function openStrayListener(libc: Libc, { fd, isIPv6 }: OpenProbeSocket): number | undefined {
  const type = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const listener = libc.socket(isIPv6 ? AF_INET6 : AF_INET, type, 0);
  if (listener < 0) return undefined;
  const name = encodeSockaddr(localAddress(libc, fd));
  const share = (isShared: number): boolean =>
    setOption(libc, fd, SOL_SOCKET, SO_REUSEPORT, isShared) &&
    setOption(libc, listener, SOL_SOCKET, SO_REUSEPORT, isShared);
  setOption(libc, listener, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
  if (isIPv6) setOption(libc, listener, SOL_IPV6, IPV6_V6ONLY, 1);
  const isBound = share(1) && libc.bind(listener, libc.address(name), name.length) === 0;
  const isAlone = share(0);
  if (isBound && isAlone) return listener;
  libc.close(listener);
  return undefined;
}
