// SPDX-License-Identifier: MIT
// Opens a server's sockets: one for each address of its host, all on the same port.

import { createError, systemCodeOf } from '../errors.ts';
import type { DatagramSocket } from '../socket/datagram-socket.ts';
import { PortableSocket } from '../socket/portable/portable-socket.ts';
import { resolveBindAddresses } from './bind-addresses.ts';

export interface OpenSocketsOptions {
  readonly host: string;
  readonly port: number;
  readonly receiveBufferBytes: number;
  readonly cells: Float64Array;
}

/** The system chose a port for the first address; another program may hold it at the next one. */
const FREE_PORT_TRIES = 16;

/**
 * Opens a socket at each address of the host.
 *
 * @returns at least one socket, all with the same port
 * @throws SocketError `ECHOGRAM_ERR_BIND`, or what `resolveBindAddresses` throws
 */
export async function openSockets(options: OpenSocketsOptions): Promise<readonly DatagramSocket[]> {
  const { addresses, allowMissing } = await resolveBindAddresses(options.host);
  for (let triesLeft = FREE_PORT_TRIES; ; triesLeft--) {
    try {
      return await openEach(addresses, allowMissing, options);
    } catch (error) {
      const mayRetry = options.port === 0 && systemCodeOf(error) === 'EADDRINUSE' && triesLeft > 1;
      if (!mayRetry) throw bindError(error, options);
    }
  }
}

async function openEach(
  addresses: readonly string[],
  allowMissing: boolean,
  { receiveBufferBytes, cells, port: askedPort }: OpenSocketsOptions,
): Promise<readonly DatagramSocket[]> {
  const sockets: DatagramSocket[] = [];
  let missing: unknown;
  for (const address of addresses) {
    const port = sockets[0]?.local.port ?? askedPort;
    try {
      sockets.push(await PortableSocket.open({ address, port, receiveBufferBytes, cells }));
    } catch (error) {
      missing = error;
      if (allowMissing && isMissingAddress(error)) continue;
      await Promise.all(sockets.map((socket) => socket.close()));
      throw error;
    }
  }
  if (sockets.length === 0) throw missing;
  return sockets;
}

// EAFNOSUPPORT: the kernel has no IPv6 at all.
function isMissingAddress(error: unknown): boolean {
  return ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(systemCodeOf(error));
}

function bindError(error: unknown, { host, port }: OpenSocketsOptions): Error {
  return createError('ECHOGRAM_ERR_BIND', { host, port, systemCode: systemCodeOf(error) }, error);
}
