// SPDX-License-Identifier: MIT
// Finds out whether this machine can run the Linux engine, and if not, why; for servers and clients alike.

import { isMainThread } from 'node:worker_threads';
import {
  AF_INET,
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  MSG_DONTWAIT,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
} from './constants.ts';
import { TIMESPEC } from './layout.ts';
import { errorName, loadLibc, NULL, unsupportedReason, type Libc } from './libc.ts';

/** The Linux engine can't run here; `message` says why. The portable engine can. */
export class EngineUnavailable extends Error {}

/**
 * The C library's calls, if this thread may run the engine.
 *
 * @throws EngineUnavailable if this machine can't run it
 */
export async function requireLibc(): Promise<Libc> {
  const reason = unsupportedReason();
  if (reason !== undefined) throw new EngineUnavailable(reason);
  // A thread that started other threads can't be terminated while those wait in a system call, and gets no event on
  // which it could end them.
  if (!isMainThread) throw new EngineUnavailable('it can start threads only from the main thread');
  const libc = await load();
  requireCalls(libc);
  return libc;
}

async function load(): Promise<Libc> {
  try {
    return await loadLibc();
  } catch (error) {
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new EngineUnavailable(`koffi, an optional dependency, doesn't load (${message ?? ''})`, {
      cause: error,
    });
  }
}

/**
 * Makes each system call of the loops once, in a way that has no effect. A sandbox (seccomp, gVisor) or an old kernel
 * may refuse one of them, and a thread that finds out later can only die.
 *
 * @throws EngineUnavailable naming the first call that is refused
 */
function requireCalls(libc: Libc): void {
  const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  // The later bind reports why; a host may have only IPv6.
  if (fd < 0) return;
  const time = new BigInt64Array(TIMESPEC.size / 8);
  const timePointer = libc.address(time);
  const calls: readonly (readonly [name: string, call: () => number])[] = [
    // Of no messages. The address is one that can be read all the same: QEMU checks that before the count.
    ['recvmmsg', () => libc.recvmmsg(fd, timePointer, 0, MSG_DONTWAIT, NULL)],
    ['sendmmsg', () => libc.sendmmsg(fd, timePointer, 0, MSG_DONTWAIT)],
    // The timeout is still 0, so this does not wait.
    ['ppoll', () => libc.ppoll(NULL, 0, timePointer, NULL)],
    ['clock_gettime', () => libc.clock_gettime(CLOCK_MONOTONIC, timePointer)],
    ['clock_gettime', () => libc.clock_gettime(CLOCK_REALTIME, timePointer)],
  ];
  try {
    for (const [name, call] of calls) {
      if (call() >= 0) continue;
      throw new EngineUnavailable(`the system refuses ${name} (${errorName(libc.errno())})`);
    }
  } finally {
    libc.close(fd);
  }
}

/** Why a thread did not start, in words. */
export function threadProblem(error: unknown): string {
  const { syscall } = (error ?? {}) as { syscall?: unknown };
  // Each new thread calls it.
  if (syscall === 'uv_cwd')
    return 'the working directory is gone, and Node cannot start a thread without one';
  return String(error);
}

/**
 * The Node flags for the engine's threads; without any they inherit those of this process. A program given with
 * `node --input-type=module -e …` must not pass that flag on, because a file has its own type.
 */
export function workerFlags(): { execArgv?: string[] } {
  return process.execArgv.some((flag) => flag.startsWith('--input-type')) ? { execArgv: [] } : {};
}
