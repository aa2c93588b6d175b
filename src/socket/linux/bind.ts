// SPDX-License-Identifier: MIT
// Opens and binds a Linux socket, and requests what the kernel should report about each datagram. The descriptor
// outlives the thread that reads it, so a worker that dies loses nothing that waits in its socket.

import { isIPv4 } from 'node:net';
import { SEND_BUFFER_BYTES, type SocketBuffer } from '../datagram-socket.ts';
import type { SocketAddress } from '../ip-address.ts';
import {
  AF_INET,
  AF_INET6,
  IP_PKTINFO,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TTL,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  SK_MEMINFO_DROPS,
  SK_MEMINFO_VARS,
  SO_MEMINFO,
  SO_RCVBUF,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_TIMESTAMPING,
  SO_TIMESTAMPNS,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOF_TIMESTAMPING_OPT_ID,
  SOF_TIMESTAMPING_OPT_TSONLY,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_UDP,
  UDP_GRO,
  UDP_SEGMENT,
} from './constants.ts';
import { SOCKADDR_IN6 } from './layout.ts';
import { systemError, type Libc, type Pointer } from './libc.ts';
import { reportFragments } from './path-mtu.ts';
import { decodeSockaddr, encodeSockaddr } from './sockaddr.ts';
import { readOption, requireOption, setOption } from './socket-options.ts';

/**
 * The kernel reports a departure in the error queue if the datagram requests it: by number, without the payload. There
 * is no flag for received datagrams, so receiving costs nothing extra.
 */
const DEPARTURES = SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;

/** What a socket does beyond receiving and sending. Each feature costs a little for every datagram. */
export interface LinuxFeatures {
  /** Reply from the address that the request was sent to: needed on a wildcard bind. */
  readonly replyFromAsked: boolean;
  /** Reply with the type of service of the request: DSCP and ECN. */
  readonly mirrorTos: boolean;
  /** Report TTL or hop limit, and the kernel's time of arrival. */
  readonly metadata: boolean;
  /** Report datagrams that arrived in fragments. */
  readonly fragments: boolean;
  /** Receive runs that the kernel coalesced (UDP GRO). The datagrams of a run share one arrival time and TOS. */
  readonly gro: boolean;
  /** Send replies to one destination in one call (UDP GSO). */
  readonly gso: boolean;
}

export interface LinuxBindOptions {
  readonly address: string;
  readonly port: number;
  readonly receiveBufferBytes: number;
  /** Shares the port with other sockets of this user that also set this. */
  readonly joinsGroup: boolean;
  /** TTL or hop limit of sent datagrams. Default: the system's. */
  readonly ttl?: number | undefined;
  readonly features: LinuxFeatures;
}

/** A bound socket as data: what another thread needs to use it. */
export interface BoundSocket {
  readonly fd: number;
  readonly isIPv6: boolean;
  readonly local: SocketAddress;
  readonly receiveBuffer: SocketBuffer;
  readonly sendBuffer: SocketBuffer;
  /** The requested features that the kernel supports. */
  readonly features: LinuxFeatures;
  /** The kernel reports, if a datagram requests it, that this datagram has left for the device. */
  readonly tellsDepartures: boolean;
}

/**
 * Opens and binds a socket.
 *
 * @throws the system's error in Node's shape: `code`, `errno`, `syscall`, `address`, `port`
 * @throws EngineUnavailable if the system refuses what the engine needs
 */
export function bindSocket(libc: Libc, options: LinuxBindOptions): BoundSocket {
  const { address, port } = options;
  const isIPv6 = !isIPv4(address);
  const fd = openUdp(libc, isIPv6, { address, port });
  try {
    if (isIPv6) requireOption(libc, fd, SOL_IPV6, IPV6_V6ONLY);
    if (options.joinsGroup) requireOption(libc, fd, SOL_SOCKET, SO_REUSEPORT);
    if (options.ttl !== undefined) setTtl(libc, fd, isIPv6, options.ttl);
    // Before the bind: datagrams that arrive between the two would wait without address, timestamp and TTL.
    const features = enableFeatures(libc, fd, isIPv6, options.features);
    const receiveBuffer = askReceiveBuffer(libc, fd, options.receiveBufferBytes);
    const sendBuffer = askSendBuffer(libc, fd);
    bindTo(libc, fd, { address, port });
    const tellsDepartures = requestDepartures(libc, fd);
    const local = localAddress(libc, fd);
    return { fd, isIPv6, local, receiveBuffer, sendBuffer, features, tellsDepartures };
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/**
 * Lets sockets that are bound later, with `joinsGroup`, share this one's port. It is set after the bind, so that the
 * bind itself still fails if another program holds the port.
 */
export function allowGroup(libc: Libc, { fd }: BoundSocket): void {
  requireOption(libc, fd, SOL_SOCKET, SO_REUSEPORT);
}

/**
 * Number of datagrams that the kernel dropped because this socket's receive buffer was full, or their UDP checksum was
 * wrong; `null` if the kernel does not report it (before Linux 4.12, in gVisor).
 */
export function readKernelDrops(libc: Libc, fd: number): number | null {
  const memory = new SocketMemory(libc, fd);
  const drops = memory.read()[SK_MEMINFO_DROPS]!;
  return memory.isTold ? drops : null;
}

/** Reads SO_MEMINFO of a socket without allocating, for frequent use. */
export class SocketMemory {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #values = new Uint32Array(SK_MEMINFO_VARS);
  readonly #bytes = new Uint32Array(1);
  readonly #valuesPointer: Pointer;
  readonly #bytesPointer: Pointer;
  #isTold = false;

  constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.#fd = fd;
    this.#valuesPointer = libc.address(this.#values);
    this.#bytesPointer = libc.address(this.#bytes);
  }

  /** Whether the latest reading has the drops: an old kernel reports fewer values, and an emulator may report one. */
  get isTold(): boolean {
    return this.#isTold;
  }

  /** The values by `SK_MEMINFO_…`, valid until the next reading; zeros if the kernel does not report them. */
  read(): Uint32Array {
    this.#bytes[0] = this.#values.byteLength;
    const values = this.#valuesPointer;
    const bytes = this.#bytesPointer;
    this.#isTold =
      this.#libc.getsockopt(this.#fd, SOL_SOCKET, SO_MEMINFO, values, bytes) === 0 &&
      this.#bytes[0] > SK_MEMINFO_DROPS * this.#values.BYTES_PER_ELEMENT;
    return this.#values;
  }
}

/** A non-blocking socket that no other program inherits. @throws the system's error in Node's shape */
export function openUdp(libc: Libc, isIPv6: boolean, subject: Partial<SocketAddress> = {}): number {
  const type = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const fd = libc.socket(isIPv6 ? AF_INET6 : AF_INET, type, 0);
  if (fd < 0) throw systemError('socket', libc.errno(), subject);
  return fd;
}

/** @throws the system's error in Node's shape */
export function bindTo(libc: Libc, fd: number, local: SocketAddress): void {
  const name = encodeSockaddr(local);
  if (libc.bind(fd, libc.address(name), name.length) < 0) {
    throw systemError('bind', libc.errno(), { ...local });
  }
}

/** @throws EngineUnavailable if the system refuses it */
export function setTtl(libc: Libc, fd: number, isIPv6: boolean, ttl: number): void {
  if (isIPv6) requireOption(libc, fd, SOL_IPV6, IPV6_UNICAST_HOPS, ttl);
  else requireOption(libc, fd, SOL_IP, IP_TTL, ttl);
}

/**
 * Sets what the kernel reports: on if it is wanted, otherwise off.
 *
 * @returns the wanted features that the kernel supports
 * @throws EngineUnavailable if it refuses what the engine needs
 */
export function enableFeatures(
  libc: Libc,
  fd: number,
  isIPv6: boolean,
  wanted: LinuxFeatures,
): LinuxFeatures {
  const level = isIPv6 ? SOL_IPV6 : SOL_IP;
  const set = (isWanted: boolean, level: number, name: number): void => {
    if (isWanted) requireOption(libc, fd, level, name);
    else setOption(libc, fd, level, name, 0);
  };
  set(wanted.replyFromAsked, level, isIPv6 ? IPV6_RECVPKTINFO : IP_PKTINFO);
  set(wanted.mirrorTos, level, isIPv6 ? IPV6_RECVTCLASS : IP_RECVTOS);
  set(wanted.metadata, level, isIPv6 ? IPV6_RECVHOPLIMIT : IP_RECVTTL);
  set(wanted.metadata, SOL_SOCKET, SO_TIMESTAMPNS);
  const fragments = wanted.fragments && reportFragments(libc, fd, isIPv6);
  // Segment size 0 means "none for now": a kernel with GSO (4.18) accepts it, others refuse it.
  const gso = wanted.gso && setOption(libc, fd, SOL_UDP, UDP_SEGMENT, 0);
  // Without GSO a coalesced run could only be answered datagram by datagram.
  const mayCoalesce = wanted.gro && gso;
  const gro = setOption(libc, fd, SOL_UDP, UDP_GRO, Number(mayCoalesce)) && mayCoalesce;
  return { ...wanted, fragments, gso, gro };
}

/** Has the kernel report departures, if a datagram requests it. @returns whether it does */
export function requestDepartures(libc: Libc, fd: number): boolean {
  return (
    setOption(libc, fd, SOL_SOCKET, SO_TIMESTAMPING, DEPARTURES) &&
    readKernelDrops(libc, fd) !== null
  );
}

/** Requests a receive buffer, and returns what the kernel granted. */
export function askReceiveBuffer(libc: Libc, fd: number, askedBytes: number): SocketBuffer {
  return askBuffer(libc, fd, SO_RCVBUF, askedBytes);
}

/** Asks for a send buffer, and says what the kernel gave. */
export function askSendBuffer(libc: Libc, fd: number): SocketBuffer {
  return askBuffer(libc, fd, SO_SNDBUF, SEND_BUFFER_BYTES);
}

function askBuffer(libc: Libc, fd: number, name: number, askedBytes: number): SocketBuffer {
  // The kernel silently clamps to net.core.rmem_max or wmem_max.
  setOption(libc, fd, SOL_SOCKET, name, askedBytes);
  const reported = readOption(libc, fd, SOL_SOCKET, name);
  // It reports twice what it granted, to cover its own bookkeeping (socket(7)).
  return { askedBytes, grantedBytes: reported === null ? null : reported / 2 };
}

/** The address that a socket is bound to. @throws the system's error in Node's shape */
export function localAddress(libc: Libc, fd: number): SocketAddress {
  const name = new Uint8Array(SOCKADDR_IN6.size);
  const bytes = Uint32Array.of(name.length);
  if (libc.getsockname(fd, libc.address(name), libc.address(bytes)) < 0) {
    throw systemError('getsockname', libc.errno());
  }
  return decodeSockaddr(name);
}
