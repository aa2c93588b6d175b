// SPDX-License-Identifier: MIT
// Finds out from /proc what a passed descriptor is, because node:dgram has to be told the IP version of a socket, and says
// of a wrong one no more than EINVAL.

import { fstatSync, readFileSync } from 'node:fs';
import { systemCodeOf } from '../../errors.ts';
import { notUdp, notUnconnected } from '../passed-socket.ts';
import type { IpVersion } from '../resolve.ts';

const UDP_TABLES = { udp: 4, udp6: 6 } as const satisfies Record<string, IpVersion>;

const OTHER_TABLES = {
  tcp: 'a TCP socket',
  tcp6: 'a TCP socket',
  unix: 'a Unix socket',
  packet: 'a packet socket',
  raw: 'a raw socket',
} as const;

/**
 * @returns the IP version of a bound UDP socket that has no peer
 * @throws OptionError `ECHOGRAM_ERR_PASSED_SOCKET`
 */
export function ipVersionOf(fd: number): IpVersion {
  const inode = inodeOf(fd);
  for (const [table, ipVersion] of Object.entries(UDP_TABLES)) {
    const columns = lineOf(table, inode);
    if (columns === undefined) continue;
    const [, , remote = ''] = columns;
    if (!/^0+:0+$/.test(remote)) throw notUnconnected(fd);
    return ipVersion;
  }
  const found = Object.entries(OTHER_TABLES).find(([table]) => lineOf(table, inode) !== undefined);
  throw notUdp(fd, found?.[1] ?? 'a socket that is unbound or of another network namespace');
}

function inodeOf(fd: number): string {
  try {
    const stats = fstatSync(fd);
    if (stats.isSocket()) return String(stats.ino);
  } catch (error) {
    throw notUdp(fd, systemCodeOf(error) === 'EBADF' ? 'a closed descriptor' : 'no socket');
  }
  throw notUdp(fd, 'no socket');
}

/** The columns of a socket in a table of proc(5); each table has the inode in a column of its own. */
function lineOf(table: string, inode: string): readonly string[] | undefined {
  const lines = tryRead(`/proc/self/net/${table}`).split('\n').slice(1);
  return lines
    .map((line) => line.trim().split(/\s+/))
    .find((columns) => columns.slice(INODE_FROM).includes(inode));
}

/** No table has it further left, where other numbers are. */
const INODE_FROM = 6;

function tryRead(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
