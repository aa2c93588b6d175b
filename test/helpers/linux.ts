// What the tests of the Linux engine need beside sockets: its skip, runs of datagrams, threads.

import { readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:dgram';
import { SOL_UDP, UDP_SEGMENT } from '../../src/socket/linux/constants.ts';
import { setOption } from '../../src/socket/linux/bind.ts';
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

async function load(): Promise<Libc | string> {
  try {
    return await loadLibc();
  } catch (error) {
    return String(error);
  }
}

/** The descriptor of a node:dgram socket, to set what Node has no call for. */
export function descriptorOf(socket: Socket): number {
  return (socket as unknown as { _handle: { fd: number } })._handle.fd;
}

/**
 * Has the kernel cut everything that this socket sends into datagrams of `segmentBytes`, the last
 * one shorter (UDP_SEGMENT, udp(7)); 0 ends that. Where the receiver takes coalesced runs and the
 * path is a loopback, it gets the run whole.
 */
export function cutInto(socket: Socket, segmentBytes: number): void {
  if (!setOption(libc, descriptorOf(socket), SOL_UDP, UDP_SEGMENT, segmentBytes)) {
    throw new Error(`UDP_SEGMENT ${segmentBytes} was refused`);
  }
}

/** The threads of this process, as /proc names them. */
export function threads(): readonly string[] {
  return readdirSync('/proc/self/task');
}

/** How often a thread has gone to sleep of its own will, such as to wait in ppoll. */
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
