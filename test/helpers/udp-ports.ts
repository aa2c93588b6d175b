// The UDP ports that a process has bound, as Linux knows them: how a test learns the port of a program
// that doesn't tell, and that one which ended left none behind.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Columns of /proc/net/udp (proc(5)). */
const LOCAL = 1;
const STATE = 3;
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
    .map((row) => Number.parseInt(row[LOCAL]?.split(':')[1] ?? '', 16));
  return ports.toSorted((a, b) => a - b);
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
