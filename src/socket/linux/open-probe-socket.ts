// SPDX-License-Identifier: MIT
// Opens a measuring client's socket: connected, so that the kernel drops what others send, with its
// time stamps and the sender of each ICMP error asked for.

import { isSameAddress, type SocketAddress } from '../ip-address.ts';
import type { ProbeChannelOptions, ProbePeer } from '../probe-channel.ts';
import { askReceiveBuffer, bindTo, localAddress, openUdp, setTtl } from './bind.ts';
import {
  IP_RECVERR,
  IP_TOS,
  IPV6_RECVERR,
  IPV6_TCLASS,
  IPV6_V6ONLY,
  SO_BROADCAST,
  SO_TIMESTAMPING,
  SOF_TIMESTAMPING_OPT_ID,
  SOF_TIMESTAMPING_OPT_TSONLY,
  SOF_TIMESTAMPING_RX_SOFTWARE,
  SOF_TIMESTAMPING_SOFTWARE,
  SOF_TIMESTAMPING_TX_SOFTWARE,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
} from './constants.ts';
import { systemError, type Libc } from './libc.ts';
import { encodeSockaddr } from './sockaddr.ts';
import { requireOption, setOption } from './socket-options.ts';

/** Kernel times of sending and receiving, the first on the error queue, without the datagram itself. */
const STAMPS =
  SOF_TIMESTAMPING_TX_SOFTWARE |
  SOF_TIMESTAMPING_RX_SOFTWARE |
  SOF_TIMESTAMPING_SOFTWARE |
  SOF_TIMESTAMPING_OPT_TSONLY;

/** An open socket as data: what another thread needs to use it. */
export interface OpenProbeSocket {
  readonly fd: number;
  readonly isIPv6: boolean;
  readonly localPort: number;
  readonly isConnected: boolean;
  /** The kernel stamps what is sent and what comes. */
  readonly hasStamps: boolean;
}

/**
 * Opens a socket on a port that the system chooses, connected where there is a peer.
 *
 * @param local  the address and port to take instead of what the system chooses
 * @throws the system's error in Node's shape, such as ENETUNREACH, or EACCES for a broadcast address
 * @throws EngineUnavailable where it refuses what the engine needs
 */
export function openProbeSocket(
  libc: Libc,
  options: ProbeChannelOptions,
  local: SocketAddress | undefined = options.local,
): OpenProbeSocket {
  const socket = open(libc, options, local);
  if (options.peer === undefined || !isItsOwnPeer(libc, socket, options.peer)) return socket;
  // Held until the next one is open, so that the system has to choose another port.
  try {
    return open(libc, options, options.local);
  } finally {
    libc.close(socket.fd);
  }
}

/**
 * Makes the kernel stamp what is sent, and number the stamps from 0. Once more, it starts again at 0:
 * whether a send that failed was numbered depends on the kernel.
 *
 * @returns whether the kernel can
 */
export function startStamps(libc: Libc, fd: number): boolean {
  return (
    setOption(libc, fd, SOL_SOCKET, SO_TIMESTAMPING, STAMPS) &&
    setOption(libc, fd, SOL_SOCKET, SO_TIMESTAMPING, STAMPS | SOF_TIMESTAMPING_OPT_ID)
  );
}

function open(libc: Libc, options: ProbeChannelOptions, local?: SocketAddress): OpenProbeSocket {
  const { peer, allowBroadcast } = options;
  const isIPv6 = options.ipVersion === 6;
  const fd = openUdp(libc, isIPv6);
  try {
    setOptions(libc, fd, isIPv6, options);
    if (local !== undefined) bindTo(libc, fd, local);
    const isConnected = peer !== undefined && tryConnect(libc, fd, peer, allowBroadcast);
    if (peer === undefined && local === undefined) bindAnywhere(libc, fd, isIPv6);
    const { port: localPort } = localAddress(libc, fd);
    return { fd, isIPv6, localPort, isConnected, hasStamps: startStamps(libc, fd) };
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/**
 * Opens a socket that is its own peer, on loopback: what it sends comes back at once.
 *
 * @throws the system's error in Node's shape, such as EADDRNOTAVAIL where there is no loopback
 */
export function openEchoingSocket(libc: Libc, receiveBufferBytes: number): OpenProbeSocket {
  const address = '127.0.0.1';
  const fd = openUdp(libc, false, { address });
  try {
    askReceiveBuffer(libc, fd, receiveBufferBytes);
    bindTo(libc, fd, { address, port: 0 });
    const { port } = localAddress(libc, fd);
    const name = encodeSockaddr({ address, port });
    if (libc.connect(fd, libc.address(name), name.length) < 0) {
      throw systemError('connect', libc.errno(), { address, port });
    }
    const hasStamps = startStamps(libc, fd);
    return { fd, isIPv6: false, localPort: port, isConnected: true, hasStamps };
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

function setOptions(
  libc: Libc,
  fd: number,
  isIPv6: boolean,
  { receiveBufferBytes, ttl, peer }: ProbeChannelOptions,
): void {
  const level = isIPv6 ? SOL_IPV6 : SOL_IP;
  const dscp = peer?.dscp;
  askReceiveBuffer(libc, fd, receiveBufferBytes);
  requireOption(libc, fd, level, isIPv6 ? IPV6_RECVERR : IP_RECVERR);
  if (ttl !== undefined) setTtl(libc, fd, isIPv6, ttl);
  // The six upper bits; ECN, the two lower ones, stays off (RFC 2474, RFC 3168).
  if (dscp !== undefined) requireOption(libc, fd, level, isIPv6 ? IPV6_TCLASS : IP_TOS, dscp << 2);
}

/** A broadcast's replies come from other addresses, so its socket is bound and not connected. */
function tryConnect(libc: Libc, fd: number, peer: ProbePeer, allowBroadcast: boolean): boolean {
  const name = encodeSockaddr(peer);
  if (libc.connect(fd, libc.address(name), name.length) === 0) return true;
  const { address, port } = peer;
  const error = systemError('connect', libc.errno(), { address, port });
  // connect(2): EACCES is a broadcast address without SO_BROADCAST.
  if (!allowBroadcast || error.code !== 'EACCES') throw error;
  // The failed connect has bound it to a port already (inet_autobind).
  requireOption(libc, fd, SOL_SOCKET, SO_BROADCAST);
  return false;
}

function bindAnywhere(libc: Libc, fd: number, isIPv6: boolean): void {
  if (isIPv6) requireOption(libc, fd, SOL_IPV6, IPV6_V6ONLY);
  bindTo(libc, fd, { address: isIPv6 ? '::' : '0.0.0.0', port: 0 });
}

/**
 * True where the system chose the very port that is asked, at the very address: where nothing
 * listens there, it is as free as any. Such a socket would take its own probe for the echo.
 */
function isItsOwnPeer(libc: Libc, { fd, localPort }: OpenProbeSocket, peer: ProbePeer): boolean {
  if (localPort !== peer.port) return false;
  return isSameAddress(localAddress(libc, fd).address, peer.address);
}
