// SPDX-License-Identifier: MIT
// Opens the socket of a measuring client. It is connected, so that the kernel drops what others send, and it requests
// kernel timestamps and the sender of each ICMP error.

import { isSameAddress, type SocketAddress } from '../ip-address.ts';
import type { ProbeChannelOptions, ProbePeer } from '../probe-channel.ts';
import { askReceiveBuffer, askSendBuffer, bindTo, localAddress, openUdp, setTtl } from './bind.ts';
import {
  IP_MTU_DISCOVER,
  IP_PMTUDISC_DO,
  IP_PMTUDISC_DONT,
  IP_RECVERR,
  IP_TOS,
  IPV6_MTU_DISCOVER,
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
import { fragmentAs, reportFragments } from './path-mtu.ts';
import { encodeSockaddr } from './sockaddr.ts';
import { bindToDevice, requireOption, setOption } from './socket-options.ts';

/** Kernel timestamps of sending and receiving; the former arrive in the error queue, without the datagram itself. */
const STAMPS =
  SOF_TIMESTAMPING_TX_SOFTWARE |
  SOF_TIMESTAMPING_RX_SOFTWARE |
  SOF_TIMESTAMPING_SOFTWARE |
  SOF_TIMESTAMPING_OPT_TSONLY;

/** A socket on loopback that is its own peer. */
const ECHOING = { isIPv6: false, isConnected: true, seesFragments: false };

/** An open socket as data: what another thread needs to use it. */
export interface OpenProbeSocket {
  readonly fd: number;
  readonly isIPv6: boolean;
  readonly localPort: number;
  readonly isConnected: boolean;
  /** The kernel timestamps what is sent and received. */
  readonly hasStamps: boolean;
  /** The kernel reports in what fragments a datagram arrived. */
  readonly seesFragments: boolean;
}

/**
 * Opens a socket on a port that the system chooses, connected if there is a peer.
 *
 * @param local  the address and port to use instead of the system's choice
 * @throws the system's error in Node's shape, such as ENETUNREACH, or EACCES for a broadcast address
 * @throws EngineUnavailable if the system refuses what the engine needs
 */
export function openProbeSocket(
  libc: Libc,
  options: ProbeChannelOptions,
  local: SocketAddress | undefined = options.local,
): OpenProbeSocket {
  const socket = open(libc, options, local);
  if (options.peer === undefined || !isItsOwnPeer(libc, socket, options.peer)) return socket;
  // Kept open until the next one is open, so that the system has to choose another port.
  try {
    return open(libc, options, options.local);
  } finally {
    libc.close(socket.fd);
  }
}

/**
 * Makes the kernel timestamp what is sent, and number the timestamps from 0. A further call restarts the numbers at 0:
 * whether a failed send was numbered depends on the kernel.
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
    const seesFragments = setOptions(libc, fd, isIPv6, options);
    const from = bindSource(libc, fd, options, local);
    const isConnected = peer !== undefined && tryConnect(libc, fd, peer, allowBroadcast);
    if (peer === undefined && from === undefined) bindAnywhere(libc, fd, isIPv6);
    const { port: localPort } = localAddress(libc, fd);
    const hasStamps = startStamps(libc, fd);
    return { fd, isIPv6, localPort, isConnected, hasStamps, seesFragments };
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/**
 * Binds to the requested interface, and to an address unless it is the interface's own, which the system chooses by
 * itself.
 *
 * @returns the address
 */
function bindSource(
  libc: Libc,
  fd: number,
  options: ProbeChannelOptions,
  local: SocketAddress | undefined,
): SocketAddress | undefined {
  const device = options.local?.device;
  if (device !== undefined) bindToDevice(libc, fd, device);
  const from = device !== undefined && local === options.local ? undefined : local;
  if (from !== undefined) bindTo(libc, fd, from);
  return from;
}

/**
 * Opens a socket on loopback that is its own peer: what it sends comes back at once.
 *
 * @throws the system's error in Node's shape, such as EADDRNOTAVAIL if there is no loopback
 */
export function openEchoingSocket(
  libc: Libc,
  receiveBufferBytes: number,
  isStamped: boolean,
): OpenProbeSocket {
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
    const hasStamps = isStamped && startStamps(libc, fd);
    return { fd, ...ECHOING, localPort: port, hasStamps };
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/** @returns whether the kernel reports in what fragments a datagram arrived */
function setOptions(
  libc: Libc,
  fd: number,
  isIPv6: boolean,
  { receiveBufferBytes, ttl, peer, dontFragment, findsPathMtu }: ProbeChannelOptions,
): boolean {
  const level = isIPv6 ? SOL_IPV6 : SOL_IP;
  const dscp = peer?.dscp;
  askReceiveBuffer(libc, fd, receiveBufferBytes);
  // Many peers share it. What the kernel holds for those that are dead is charged to it.
  if (peer === undefined) askSendBuffer(libc, fd);
  requireOption(libc, fd, level, isIPv6 ? IPV6_RECVERR : IP_RECVERR);
  if (ttl !== undefined) setTtl(libc, fd, isIPv6, ttl);
  if (dontFragment !== undefined) {
    const name = isIPv6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER;
    const value = dontFragment === 'set' ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
    requireOption(libc, fd, level, name, value);
  }
  if (findsPathMtu === true) fragmentAs(libc, fd, isIPv6, 'whole');
  // The six upper bits; ECN, the two lower ones, stays off (RFC 2474, RFC 3168).
  if (dscp !== undefined) requireOption(libc, fd, level, isIPv6 ? IPV6_TCLASS : IP_TOS, dscp << 2);
  return findsPathMtu === true && reportFragments(libc, fd, isIPv6);
}

/** Replies to a broadcast come from other addresses, so its socket is bound but not connected. */
function tryConnect(libc: Libc, fd: number, peer: ProbePeer, allowBroadcast: boolean): boolean {
  const name = encodeSockaddr(peer);
  if (libc.connect(fd, libc.address(name), name.length) === 0) return true;
  const { address, port } = peer;
  const error = systemError('connect', libc.errno(), { address, port });
  // connect(2): EACCES means a broadcast address without SO_BROADCAST.
  if (!allowBroadcast || error.code !== 'EACCES') throw error;
  // The failed connect has already bound the socket to a port (inet_autobind).
  requireOption(libc, fd, SOL_SOCKET, SO_BROADCAST);
  return false;
}

function bindAnywhere(libc: Libc, fd: number, isIPv6: boolean): void {
  if (isIPv6) requireOption(libc, fd, SOL_IPV6, IPV6_V6ONLY);
  bindTo(libc, fd, { address: isIPv6 ? '::' : '0.0.0.0', port: 0 });
}

/**
 * True if the system chose the target's own address and port, which is as free as any other if nothing listens there.
 * Such a socket would take its own probe for the echo.
 */
function isItsOwnPeer(libc: Libc, { fd, localPort }: OpenProbeSocket, peer: ProbePeer): boolean {
  if (localPort !== peer.port) return false;
  return isSameAddress(localAddress(libc, fd).address, peer.address);
}
