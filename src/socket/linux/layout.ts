// SPDX-License-Identifier: MIT
// Sizes and field offsets, in bytes, of the structs that cross the system call boundary. They are LP64, little-endian,
// and the same on x86-64 and arm64. A test compiles a C program that checks each of them.

export const MMSGHDR = {
  size: 64,
  name: 0,
  namelen: 8,
  iov: 16,
  iovlen: 24,
  control: 32,
  controllen: 40,
  flags: 48,
  len: 56,
} as const;

export const IOVEC = { size: 16, base: 0, len: 8 } as const;

export const CMSGHDR = { size: 16, len: 0, level: 8, type: 12 } as const;

export const SOCKADDR_IN = { size: 16, family: 0, port: 2, addr: 4 } as const;

export const SOCKADDR_IN6 = {
  size: 28,
  family: 0,
  port: 2,
  flowinfo: 4,
  addr: 8,
  scopeId: 24,
} as const;

export const SOCKADDR_UN = { size: 110, family: 0, path: 2 } as const;

export const IN_PKTINFO = { size: 12, ifindex: 0, specDst: 4, addr: 8 } as const;

export const IN6_PKTINFO = { size: 20, addr: 0, ifindex: 16 } as const;

export const POLLFD = { size: 8, fd: 0, events: 4, revents: 6 } as const;

/** sock_extended_err; the address of the error's sender follows it. */
export const SOCK_EXTENDED_ERR = {
  size: 16,
  errno: 0,
  origin: 4,
  type: 5,
  code: 6,
  info: 8,
  data: 12,
} as const;

export const TIMESPEC = { size: 16, sec: 0, nsec: 8 } as const;

export const TIMEX = { size: 208, maxError: 24, status: 40 } as const;

/** CMSG_SPACE: the size of a control message with `dataBytes` of data. */
export function cmsgSpace(dataBytes: number): number {
  return CMSGHDR.size + cmsgAlign(dataBytes);
}

/** CMSG_LEN: the value of its length field. */
export function cmsgLen(dataBytes: number): number {
  return CMSGHDR.size + dataBytes;
}

/** CMSG_ALIGN on LP64. */
export function cmsgAlign(bytes: number): number {
  return (bytes + 7) & ~7;
}
