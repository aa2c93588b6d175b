// SPDX-License-Identifier: MIT
// Opens and binds a Linux socket and asks for what it shall tell about each datagram. The descriptor
// outlives the thread that reads it: a worker that dies loses nothing that waits in its socket.

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
import { decodeSockaddr, encodeSockaddr } from './sockaddr.ts';
import { readOption, requireOption, setOption } from './socket-options.ts';

/**
 * Departures are told where a datagram asks for it: by its number, without its bytes, in the error queue.
 * Without a flag for what is received, so that this costs nothing there.
 */
const DEPARTURES = SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;

/** What a socket shall do beyond receiving and sending. Each costs a little for every datagram. */
export interface LinuxFeatures {
  /** Answer from the address that was asked: needed on a wildcard bind. */
  readonly replyFromAsked: boolean;
  /** Answer with the type of service of the request: DSCP and ECN. */
  readonly mirrorTos: boolean;
  /** Report TTL or hop limit, and the kernel's time of arrival. */
  readonly metadata: boolean;
  /** Take runs that the kernel coalesced (UDP GRO). Their datagrams share one arrival and TOS. */
  readonly gro: boolean;
  /** Send replies to one destination in one call (UDP GSO). */
  readonly gso: boolean;
}

export interface LinuxBindOptions {
  readonly address: string;
  readonly port: number;
  readonly receiveBufferBytes: number;
  /** Shares the port with other sockets of this user that ask for it too. */
  readonly joinsGroup: boolean;
  /** TTL or hop limit of what it sends. Default: the system's. */
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
  /** What was asked for and the kernel has. */
  readonly features: LinuxFeatures;
  /** The kernel tells, where a datagram asks for it, that this has left for the device. */
  readonly tellsDepartures: boolean;
}

/**
 * Opens and binds a socket.
 *
 * @throws the system's error in Node's shape: `code`, `errno`, `syscall`, `address`, `port`
 * @throws EngineUnavailable where it refuses what the engine needs
 */
export function bindSocket(libc: Libc, options: LinuxBindOptions): BoundSocket {
  const { address, port } = options;
  const isIPv6 = !isIPv4(address);
  const fd = openUdp(libc, isIPv6, { address, port });
  try {
    if (isIPv6) requireOption(libc, fd, SOL_IPV6, IPV6_V6ONLY);
    if (options.joinsGroup) requireOption(libc, fd, SOL_SOCKET, SO_REUSEPORT);
    if (options.ttl !== undefined) setTtl(libc, fd, isIPv6, options.ttl);
    // Before the bind: what comes between the two would wait without its address, its stamp or its TTL.
    const features = enableFeatures(libc, fd, isIPv6, options.features);
    const receiveBuffer = askReceiveBuffer(libc, fd, options.receiveBufferBytes);
    const sendBuffer = askSendBuffer(libc, fd);
    bindTo(libc, fd, { address, port });
    const tellsDepartures =
      setOption(libc, fd, SOL_SOCKET, SO_TIMESTAMPING, DEPARTURES) &&
      readKernelDrops(libc, fd) !== null;
    const local = localAddress(libc, fd);
    return { fd, isIPv6, local, receiveBuffer, sendBuffer, features, tellsDepartures };
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/**
 * Lets sockets that are bound later, with `joinsGroup`, share this one's port. Asked after the
 * bind, so that the bind itself still fails where another program holds the port.
 */
export function allowGroup(libc: Libc, { fd }: BoundSocket): void {
  requireOption(libc, fd, SOL_SOCKET, SO_REUSEPORT);
}

/**
 * Datagrams that the kernel dropped because this socket's receive buffer was full, or their UDP checksum was
 * wrong; `null` where it does not tell (before Linux 4.12, in gVisor).
 */
export function readKernelDrops(libc: Libc, fd: number): number | null {
  const memory = new SocketMemory(libc, fd);
  const drops = memory.read()[SK_MEMINFO_DROPS]!;
  return memory.isTold ? drops : null;
}

/** Reads what SO_MEMINFO tells of a socket; without allocating, for those who ask often. */
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

  /** Whether the kernel told anything at the latest reading. */
  get isTold(): boolean {
    return this.#isTold;
  }

  /** The values by `SK_MEMINFO_…`, until the next reading; zeros where the kernel does not tell. */
  read(): Uint32Array {
    this.#bytes[0] = this.#values.byteLength;
    const values = this.#valuesPointer;
    const bytes = this.#bytesPointer;
    this.#isTold = this.#libc.getsockopt(this.#fd, SOL_SOCKET, SO_MEMINFO, values, bytes) === 0;
    return this.#values;
  }
}

/** A socket that waits for nothing and that no other program inherits. @throws the system's error in Node's shape */
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

/** @throws EngineUnavailable where the system refuses it */
export function setTtl(libc: Libc, fd: number, isIPv6: boolean, ttl: number): void {
  if (isIPv6) requireOption(libc, fd, SOL_IPV6, IPV6_UNICAST_HOPS, ttl);
  else requireOption(libc, fd, SOL_IP, IP_TTL, ttl);
}

function enableFeatures(
  libc: Libc,
  fd: number,
  isIPv6: boolean,
  wanted: LinuxFeatures,
): LinuxFeatures {
  const level = isIPv6 ? SOL_IPV6 : SOL_IP;
  if (wanted.replyFromAsked) requireOption(libc, fd, level, isIPv6 ? IPV6_RECVPKTINFO : IP_PKTINFO);
  if (wanted.mirrorTos) requireOption(libc, fd, level, isIPv6 ? IPV6_RECVTCLASS : IP_RECVTOS);
  if (wanted.metadata) {
    requireOption(libc, fd, level, isIPv6 ? IPV6_RECVHOPLIMIT : IP_RECVTTL);
    requireOption(libc, fd, SOL_SOCKET, SO_TIMESTAMPNS);
  }
  // Segment size 0 is "none for now": accepted where the kernel has GSO (4.18), refused elsewhere.
  const gso = wanted.gso && setOption(libc, fd, SOL_UDP, UDP_SEGMENT, 0);
  // Without GSO a coalesced run could only be answered datagram by datagram.
  const gro = wanted.gro && gso && setOption(libc, fd, SOL_UDP, UDP_GRO, 1);
  return { ...wanted, gso, gro };
}

/** Asks for a receive buffer, and says what the kernel gave. */
export function askReceiveBuffer(libc: Libc, fd: number, askedBytes: number): SocketBuffer {
  return askBuffer(libc, fd, SO_RCVBUF, askedBytes);
}

function askSendBuffer(libc: Libc, fd: number): SocketBuffer {
  return askBuffer(libc, fd, SO_SNDBUF, SEND_BUFFER_BYTES);
}

function askBuffer(libc: Libc, fd: number, name: number, askedBytes: number): SocketBuffer {
  // The kernel clamps to net.core.rmem_max or wmem_max without a word.
  setOption(libc, fd, SOL_SOCKET, name, askedBytes);
  const reported = readOption(libc, fd, SOL_SOCKET, name);
  // It reports twice what it took, to cover its own book-keeping (socket(7)).
  return { askedBytes, grantedBytes: reported === null ? null : reported / 2 };
}

/** Where a socket is bound. @throws the system's error in Node's shape */
export function localAddress(libc: Libc, fd: number): SocketAddress {
  const name = new Uint8Array(SOCKADDR_IN6.size);
  const bytes = Uint32Array.of(name.length);
  if (libc.getsockname(fd, libc.address(name), libc.address(bytes)) < 0) {
    throw systemError('getsockname', libc.errno());
  }
  return decodeSockaddr(name);
}
