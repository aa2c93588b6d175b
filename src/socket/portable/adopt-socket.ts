// SPDX-License-Identifier: MIT
// Takes over a UDP socket that another program has opened and bound to one address.

import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { isWildcard } from '../bind-addresses.ts';
import type { SocketAddress } from '../ip-address.ts';
import { passedSocketError, requireOwnAddress } from '../passed-socket.ts';
import { createUdpSocket } from './create-udp-socket.ts';
import { ipVersionOf } from './passed-descriptor.ts';

/**
 * Resolves to a socket that reads from now on.
 *
 * @param broadcasts  broadcast addresses of this host's networks
 * @throws OptionError `ECHOGRAM_ERR_PASSED_SOCKET`
 */
export async function adoptSocket(fd: number, broadcasts: readonly number[]): Promise<Socket> {
  const ipVersion = ipVersionOf(fd);
  const socket = createUdpSocket(ipVersion);
  const listening = once(socket, 'listening');
  socket.bind({ fd, exclusive: true });
  try {
    await listening;
    requireAddress(fd, ipVersion === 6, socket.address(), broadcasts);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** A reply of a wildcard socket may leave from another address than the one that was asked (nodejs/node#54483). */
function requireAddress(
  fd: number,
  isIPv6: boolean,
  local: SocketAddress,
  broadcasts: readonly number[],
): void {
  requireOwnAddress(fd, isIPv6, local, broadcasts);
  if (!isWildcard(local.address)) return;
  throw passedSocketError(
    fd,
    'bound to one address, because the portable engine does not learn which address a request was sent to',
    `${local.address} port ${local.port}`,
    'give addresses of this host (ListenDatagram=), or use the linux engine',
  );
}
