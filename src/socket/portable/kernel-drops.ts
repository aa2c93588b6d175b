// SPDX-License-Identifier: MIT
// A socket's drops as Linux lists them, for an engine that has no descriptor to ask.

import { readFileSync } from 'node:fs';

/**
 * Reads how many datagrams the kernel dropped because the receive buffer of the socket bound to
 * `localPort` was full.
 *
 * @returns `null` where there is no /proc/net/udp, or the socket is not in it
 * @see proc_net_udp(5): the last column, `drops`
 */
export function readKernelDrops(ipVersion: 4 | 6, localPort: number): number | null {
  const text = tryRead(ipVersion === 4 ? '/proc/net/udp' : '/proc/net/udp6');
  const hexPort = localPort.toString(16).toUpperCase().padStart(4, '0');
  for (const line of text.split('\n')) {
    const columns = line.trim().split(/\s+/);
    if (columns[1]?.endsWith(`:${hexPort}`) === true) return Number(columns.at(-1));
  }
  return null;
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
