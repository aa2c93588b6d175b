// SPDX-License-Identifier: MIT
// A socket's drops as Linux lists them, for an engine that has no descriptor to query.

import { readFileSync } from 'node:fs';

/**
 * Reads how many datagrams of the socket with these ports the kernel dropped, because its receive buffer was full or
 * their UDP checksum was wrong.
 *
 * @param remotePort  the peer's port if the socket is connected, otherwise 0
 * @returns `null` if there is no /proc/net/udp, or the socket is not in it
 * @see proc_net_udp(5): the last column, `drops`
 */
export function readKernelDrops(
  ipVersion: 4 | 6,
  localPort: number,
  remotePort: number,
): number | null {
  const text = tryRead(ipVersion === 4 ? '/proc/net/udp' : '/proc/net/udp6');
  for (const line of text.split('\n')) {
    const [, local, remote, ...columns] = line.trim().split(/\s+/);
    if (hasPort(local, localPort) && hasPort(remote, remotePort)) return Number(columns.at(-1));
  }
  return null;
}

/** True for `0100007F:2710` and port 10000. */
function hasPort(address: string | undefined, port: number): boolean {
  return address?.endsWith(`:${port.toString(16).toUpperCase().padStart(4, '0')}`) === true;
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
