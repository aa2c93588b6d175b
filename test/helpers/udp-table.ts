// The table of UDP sockets that Linux shows: how a test learns the port of a program that doesn't tell,
// that one which ended left none behind, and that a datagram waits to be read.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Columns of /proc/net/udp (proc(5)). */
const LOCAL = 1;
const REMOTE = 2;
const STATE = 3;
const QUEUES = 4;
const INODE = 9;

/** TCP_CLOSE of include/net/tcp_states.h, which is what an unconnected UDP socket is in. */
const UNCONNECTED = '07';

/**
 * The ports of the unconnected UDP sockets that process `pid` has bound, in order. Connected ones are
 * left out: a resolver opens those in passing.
 */
export function udpPortsOf(pid: number): number[] {
  const inodes = socketInodesOf(pid);
  const ports = ['udp', 'udp6']
    .flatMap((table) => rowsOf(`/proc/${pid}/net/${table}`))
    .filter((row) => row[STATE] === UNCONNECTED && inodes.has(row[INODE] ?? ''))
    .map((row) => portIn(row[LOCAL]));
  return ports.toSorted((a, b) => a - b);
}

/** True if a datagram waits unread in a socket that is connected to that port, over IPv4. */
export function hasUnreadFrom(remotePort: number): boolean {
  return rowsOf('/proc/self/net/udp').some(
    (row) => portIn(row[REMOTE]) === remotePort && !row[QUEUES]?.endsWith(':00000000'),
  );
}

/** The port of `0100007F:2710`. */
function portIn(address = ''): number {
  return Number.parseInt(address.split(':')[1] ?? '', 16);
}

function socketInodesOf(pid: number): Set<string> {
  const folder = `/proc/${pid}/fd`;
  const inodes = readdirSync(folder).map((fd) =>
    /^socket:\[(\d+)\]$/.exec(targetOf(`${folder}/${fd}`)),
  );
  return new Set(inodes.map((match) => match?.[1] ?? ''));
}

/** Where a descriptor leads; one that was closed since it was listed leads nowhere. */
function targetOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function rowsOf(path: string): string[][] {
  const [, ...rows] = readFileSync(path, 'utf8').trimEnd().split('\n');
  return rows.map((row) => row.trim().split(/\s+/));
}
