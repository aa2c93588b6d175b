// What the tests of the Linux engine need beside sockets: its skip, runs of datagrams, threads.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { openUdp, readKernelDrops } from '../../src/socket/linux/bind.ts';
import {
  SO_TIMESTAMPNS,
  SOL_SOCKET,
  SOL_UDP,
  UDP_SEGMENT,
} from '../../src/socket/linux/constants.ts';
import { setOption } from '../../src/socket/linux/socket-options.ts';
import { loadLibc, unsupportedReason, type Libc } from '../../src/socket/linux/libc.ts';
import { firstSkip, type Skip } from './skips.ts';

const loaded = await load();

/** The C library, where the engine runs. */
export const libc = loaded as Libc;

/** The reason why the Linux engine can't run here, or false. */
export function needsLinuxEngine(): Skip {
  const missing = typeof loaded === 'string' && `needs koffi, which does not load: ${loaded}`;
  return firstSkip(unsupportedReason() ?? false, missing);
}

/** Emulators lack it: without it the engine's server runs, and its clients have no kernel timestamps. */
export function needsArrivalStamps(): Skip {
  const skip = needsLinuxEngine();
  if (skip !== false || withSocket((fd) => setOption(libc, fd, SOL_SOCKET, SO_TIMESTAMPNS, 1)))
    return skip;
  return 'needs SO_TIMESTAMPNS, which this kernel or emulator refuses';
}

/** Emulators lack it too. */
export function needsDropCounts(): Skip {
  const skip = needsLinuxEngine();
  if (skip !== false || withSocket((fd) => readKernelDrops(libc, fd) !== null)) return skip;
  return 'needs SO_MEMINFO, which this kernel or emulator does not fill';
}

function withSocket<Answer>(ask: (fd: number) => Answer): Answer {
  const fd = openUdp(libc, false);
  try {
    return ask(fd);
  } finally {
    libc.close(fd);
  }
}

async function load(): Promise<Libc | string> {
  try {
    return await loadLibc();
  } catch (error) {
    return String(error);
  }
}

/** The descriptors of this process's UDP sockets on a port. */
export function descriptorsOf(port: number): readonly number[] {
  const links = udpSockets(port).map((columns) => `socket:[${columns[INODE_COLUMN] ?? ''}]`);
  return descriptors()
    .filter((fd) => links.includes(linkOf(fd)))
    .map(Number);
}

/** Bytes that wait in receive buffers of UDP sockets on a port, on the host where that process is. */
export function waitingBytes(port: number, pid: number | string = 'self'): number {
  return udpSockets(port, pid).reduce((sum, columns) => {
    const [, received = ''] = columns[QUEUES_COLUMN]?.split(':') ?? [];
    return sum + Number.parseInt(received, 16);
  }, 0);
}

/** The lines of /proc/net/udp and udp6 for a local port (proc(5)), as columns. */
function udpSockets(port: number, pid: number | string = 'self'): readonly (readonly string[])[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return ['udp', 'udp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local]) => local?.endsWith(`:${hexPort}`) === true),
  );
}

/** `tx_queue:rx_queue`, in hexadecimal digits. */
const QUEUES_COLUMN = 4;

/** The table's header has two names for one column before it. */
const INODE_COLUMN = 9;

// The descriptor that reads the folder itself is listed, and gone.
function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

/**
 * Has the kernel cut everything that a socket sends into datagrams of `segmentBytes`, the last
 * one shorter (UDP_SEGMENT, udp(7)); 0 ends that. Where the receiver takes coalesced runs and the
 * path is a loopback, it gets the run whole.
 */
export function cutInto(fd: number, segmentBytes: number): void {
  assert.ok(setOption(libc, fd, SOL_UDP, UDP_SEGMENT, segmentBytes), 'UDP_SEGMENT was refused');
}

/** The threads of this process, as /proc names them. */
export function threads(): readonly string[] {
  return readdirSync('/proc/self/task');
}

/** How many times a thread has gone to sleep of its own will, such as to wait in ppoll. */
export function waitsOf(thread: string): number {
  const status = readFileSync(`/proc/self/task/${thread}/status`, 'utf8');
  return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
}

/** The open descriptors of a process. */
export function descriptors(pid: number | string = 'self'): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`);
}

/** Bytes of memory that a process has in RAM. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
