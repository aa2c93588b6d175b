// SPDX-License-Identifier: MIT
// Takes over a UDP socket that another program has opened and bound. Its options and what waits in it outlive this
// process, so each option is set on or off.

import type { SocketBuffer } from '../datagram-socket.ts';
import type { SocketAddress } from '../ip-address.ts';
import {
  notBound,
  notOneVersion,
  notUdp,
  notUnconnected,
  requireOwnAddress,
} from '../passed-socket.ts';
import {
  enableFeatures,
  localAddress,
  requestDepartures,
  setTtl,
  type BoundSocket,
  type LinuxFeatures,
} from './bind.ts';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  EBADF,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  FD_CLOEXEC,
  IPPROTO_UDP,
  IPV6_V6ONLY,
  O_NONBLOCK,
  SO_DOMAIN,
  SO_PEERNAME,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_SNDBUF,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_IPV6,
  SOL_SOCKET,
} from './constants.ts';
import type { Libc } from './libc.ts';
import { readOption, setOption } from './socket-options.ts';

export interface AdoptOptions {
  /** The features to use at an address, except GRO, which is never used: see `adoptSocket`. */
  readonly featuresAt: (address: string) => LinuxFeatures;
  /** TTL or hop limit of sent datagrams. Default: as it is. */
  readonly ttl: number | undefined;
  /** Broadcast addresses of this host's networks. */
  readonly broadcasts: readonly number[];
}

/**
 * Prepares the socket like one of `bindSocket`, but leaves its buffers as they are. Coalesced runs (GRO) could still wait
 * in it when another program, or the portable engine, reads it next; that would take each for one long datagram.
 *
 * @throws OptionError `ECHOGRAM_ERR_PASSED_SOCKET`
 * @throws EngineUnavailable if the system refuses what the engine needs
 */
export function adoptSocket(libc: Libc, fd: number, options: AdoptOptions): BoundSocket {
  const isIPv6 = requireUdp(libc, fd) === AF_INET6;
  const local = requireBound(libc, fd, isIPv6);
  requireOwnAddress(fd, isIPv6, local, options.broadcasts);
  // A manager passes them blocking, and shared with children.
  libc.fcntl(fd, F_SETFL, libc.fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
  libc.fcntl(fd, F_SETFD, FD_CLOEXEC);
  // systemd sets it, and with it any program of this host could bind the same port and take the datagrams.
  setOption(libc, fd, SOL_SOCKET, SO_REUSEADDR, 0);
  if (options.ttl !== undefined) setTtl(libc, fd, isIPv6, options.ttl);
  const wanted = { ...options.featuresAt(local.address), gro: false };
  const features = enableFeatures(libc, fd, isIPv6, wanted);
  return {
    fd,
    isIPv6,
    local,
    receiveBuffer: bufferOf(libc, fd, SO_RCVBUF),
    sendBuffer: bufferOf(libc, fd, SO_SNDBUF),
    features,
    tellsDepartures: requestDepartures(libc, fd),
  };
}

/** @returns its address family */
function requireUdp(libc: Libc, fd: number): number {
  const family = readOption(libc, fd, SOL_SOCKET, SO_DOMAIN);
  if (family === null) {
    throw notUdp(fd, libc.errno() === EBADF ? 'a closed descriptor' : 'no socket');
  }
  const type = readOption(libc, fd, SOL_SOCKET, SO_TYPE);
  const protocol = readOption(libc, fd, SOL_SOCKET, SO_PROTOCOL);
  const isInternet = family === AF_INET || family === AF_INET6;
  if (isInternet && type === SOCK_DGRAM && protocol === IPPROTO_UDP) return family;
  if (family === AF_UNIX) throw notUdp(fd, 'a Unix socket');
  if (isInternet && type === SOCK_STREAM) throw notUdp(fd, 'a TCP socket');
  throw notUdp(fd, `a socket of family ${family}, type ${type}, protocol ${protocol}`);
}

function requireBound(libc: Libc, fd: number, isIPv6: boolean): SocketAddress {
  if (isConnected(libc, fd)) throw notUnconnected(fd);
  const local = localAddress(libc, fd);
  if (local.port === 0) throw notBound(fd);
  const isBoth = local.address === '::' && readOption(libc, fd, SOL_IPV6, IPV6_V6ONLY) === 0;
  if (isIPv6 && isBoth) throw notOneVersion(fd, `:: port ${local.port} for both`);
  return local;
}

function isConnected(libc: Libc, fd: number): boolean {
  // The kernel refuses a length beyond that of the address; the family alone is enough.
  const family = new Uint16Array(1);
  const bytes = Uint32Array.of(family.byteLength);
  const [to, length] = [libc.address(family), libc.address(bytes)];
  return libc.getsockopt(fd, SOL_SOCKET, SO_PEERNAME, to, length) === 0;
}

function bufferOf(libc: Libc, fd: number, name: number): SocketBuffer {
  const reported = readOption(libc, fd, SOL_SOCKET, name);
  const grantedBytes = reported === null ? null : reported / 2;
  return { askedBytes: grantedBytes ?? 0, grantedBytes };
}
