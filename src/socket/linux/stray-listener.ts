// SPDX-License-Identifier: MIT
// What comes to a probe's port from somebody else never reaches a connected socket: the reply of a server that answers
// from another address, or through a NAT that changed its mind. A second socket on the same address and port gets it.

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

/** Some hundred short datagrams. */
const RECEIVE_BUFFER_BYTES = 128 * 1024;

/**
 * Opens one beside a connected socket. The kernel gives a datagram of the peer to the connected one, as it matches
 * more; both share the port for the moment of the bind alone, so that nobody joins them and no group of sockets is
 * asked whose turn it is.
 *
 * @returns its descriptor; `undefined` where the system does not let it
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
