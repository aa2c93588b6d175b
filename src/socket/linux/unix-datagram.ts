// SPDX-License-Identifier: MIT
// Sends a datagram to a Unix socket, which Node can't.

import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK } from './constants.ts';
import { SOCKADDR_UN } from './layout.ts';
import { systemError, type Libc } from './libc.ts';

/** A name in the file system must end with a NUL, an abstract one may fill the field (unix(7)). */
const PATH_BYTES = SOCKADDR_UN.size - SOCKADDR_UN.path;

/**
 * Encodes the address of a Unix socket.
 *
 * @param name  a path, or `@` and an abstract name
 * @returns `undefined` if it is neither, or too long
 */
export function encodeUnixAddress(name: string): Uint8Array | undefined {
  const isAbstract = name.startsWith('@');
  if (!isAbstract && !name.startsWith('/')) return undefined;
  const path = Buffer.from(isAbstract ? `\0${name.slice(1)}` : `${name}\0`);
  if (path.length > PATH_BYTES) return undefined;
  const address = Buffer.alloc(SOCKADDR_UN.path + path.length);
  address.writeUInt16LE(AF_UNIX, SOCKADDR_UN.family);
  address.set(path, SOCKADDR_UN.path);
  return address;
}

/**
 * Sends one datagram without waiting.
 *
 * @param address  from `encodeUnixAddress`
 * @throws the system's error in Node's shape: `EAGAIN` if the receiver has no room now
 */
export function sendUnixDatagram(libc: Libc, address: Uint8Array, payload: Uint8Array): void {
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw systemError('socket', libc.errno());
  try {
    if (libc.connect(fd, libc.address(address), address.length) < 0) {
      throw systemError('connect', libc.errno());
    }
    if (libc.write(fd, libc.address(payload), payload.length) < 0) {
      throw systemError('write', libc.errno());
    }
  } finally {
    libc.close(fd);
  }
}
