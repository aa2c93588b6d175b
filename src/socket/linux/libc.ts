// SPDX-License-Identifier: MIT
// The C library's calls, through koffi.

import { arch, endianness, platform } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { loadKoffi } from './koffi.ts';

/** An address in memory. The caller keeps the memory alive for as long as the kernel may use it. */
export type Pointer = bigint;

export const NULL: Pointer = 0n;

/**
 * The system calls that the engine makes. Each returns −1 on failure; `errno` must then be read before anything else
 * runs, because it is the thread's current value, not a saved copy.
 */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Pointer, addressBytes: number): number;
  connect(fd: number, address: Pointer, addressBytes: number): number;
  getsockname(fd: number, address: Pointer, addressBytes: Pointer): number;
  setsockopt(fd: number, level: number, name: number, value: Pointer, bytes: number): number;
  getsockopt(fd: number, level: number, name: number, value: Pointer, bytes: Pointer): number;
  recvmmsg(fd: number, headers: Pointer, count: number, flags: number, timeout: Pointer): number;
  sendmmsg(fd: number, headers: Pointer, count: number, flags: number): number;
  ppoll(fds: Pointer, count: number, timeout: Pointer, signalMask: Pointer): number;
  /** `ppoll` in one of Node's threads; resolves whatever it returned. The caller keeps the memory alive meanwhile. */
  ppollAside(fds: Pointer, count: number, timeout: Pointer, signalMask: Pointer): Promise<void>;
  eventfd(value: number, flags: number): number;
  read(fd: number, bytes: Pointer, count: number): number;
  write(fd: number, bytes: Pointer, count: number): number;
  clock_gettime(clock: number, time: Pointer): number;
  adjtimex(state: Pointer): number;
  prctl(operation: number, argument: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  dup3(fd: number, asFd: number, flags: number): number;
  close(fd: number): number;
  errno(): number;
  /** The address of a view's first byte. The memory of a typed array doesn't move. */
  address(view: ArrayBufferView): Pointer;
}

const SUPPORTED_ARCHITECTURES = ['x64', 'arm64'];

/** Why this machine can't run the engine, as far as is known before anything is loaded; or `undefined`. */
export function unsupportedReason(): string | undefined {
  if (platform() !== 'linux') return `it needs Linux; this is ${platform()}`;
  if (!SUPPORTED_ARCHITECTURES.includes(arch()) || endianness() !== 'LE') {
    return `it knows the struct layouts of ${SUPPORTED_ARCHITECTURES.join(' and ')}; this is ${arch()}`;
  }
  return undefined;
}

/**
 * Loads koffi and binds the calls, once per thread.
 *
 * @throws what `loadKoffi` throws
 */
export function loadLibc(): Promise<Libc> {
  loading ??= bindCalls();
  return loading;
}

let loading: Promise<Libc> | undefined;

async function bindCalls(): Promise<Libc> {
  const koffi = await loadKoffi();
  // The process itself: node is linked against its C library (glibc or musl), whatever its file name.
  const libc = koffi.load(null);
  const ppoll = libc.func('int ppoll(void *, uint64_t, void *, void *)');
  return {
    socket: libc.func('int socket(int, int, int)'),
    bind: libc.func('int bind(int, void *, uint32_t)'),
    connect: libc.func('int connect(int, void *, uint32_t)'),
    getsockname: libc.func('int getsockname(int, void *, void *)'),
    setsockopt: libc.func('int setsockopt(int, int, int, void *, uint32_t)'),
    getsockopt: libc.func('int getsockopt(int, int, int, void *, void *)'),
    recvmmsg: libc.func('int recvmmsg(int, void *, uint32_t, int, void *)'),
    sendmmsg: libc.func('int sendmmsg(int, void *, uint32_t, int)'),
    ppoll,
    ppollAside: (...args) =>
      new Promise((resolve) => {
        ppoll.async(...args, () => {
          resolve();
        });
      }),
    eventfd: libc.func('int eventfd(uint32_t, int)'),
    read: libc.func('int64_t read(int, void *, uint64_t)'),
    write: libc.func('int64_t write(int, void *, uint64_t)'),
    clock_gettime: libc.func('int clock_gettime(int, void *)'),
    adjtimex: libc.func('int adjtimex(void *)'),
    // Variadic in C; the calling conventions of x64 and arm64 Linux pass these like any others.
    prctl: libc.func('int prctl(int, uint64_t)'),
    fcntl: libc.func('int fcntl(int, int, uint64_t)'),
    dup3: libc.func('int dup3(int, int, int)'),
    close: libc.func('int close(int)'),
    errno: () => koffi.errno(),
    address: (view: ArrayBufferView) => koffi.address(view),
  };
}

/** The error of a failed system call in Node's shape: `code`, `errno`, `syscall`, and what it was called on. */
export function systemError(
  syscall: string,
  errno: number,
  subject: { address?: string; port?: number } = {},
): NodeJS.ErrnoException {
  const code = errorName(errno);
  const where = subject.address === undefined ? '' : ` ${subject.address}:${subject.port ?? 0}`;
  return Object.assign(new Error(`${syscall} ${code}${where}`), {
    errno: -errno,
    code,
    syscall,
    ...subject,
  });
}

/** Node's name of an errno: 98 → `EADDRINUSE`. */
export function errorName(errno: number): string {
  return getSystemErrorName(-errno);
}
