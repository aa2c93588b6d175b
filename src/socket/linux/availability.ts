// SPDX-License-Identifier: MIT
// Whether this machine can run the Linux engine, and why not; servers and clients ask the same.

import process from 'node:process';
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

/** The engine can't run here; `message` says why. The portable one can. */
export class EngineUnavailable extends Error {}

/**
 * The C library's calls, where this thread may run the engine.
 *
 * @throws EngineUnavailable where this machine can't run it
 */
export async function requireLibc(): Promise<Libc> {
  const reason = unsupportedReason();
  if (reason !== undefined) throw new EngineUnavailable(reason);
  // A thread that starts others can't be terminated while they wait in a system call, and hears
  // nothing of it that would let it end them.
  if (!isMainThread) throw new EngineUnavailable('it starts threads from the main thread only');
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
 * Makes each call of the loops once, where it does nothing: a sandbox (seccomp, gVisor) or an old kernel may
 * refuse one of them, and a thread that finds that out has nothing left to do but die.
 *
 * @throws EngineUnavailable naming the first that is refused
 */
function requireCalls(libc: Libc): void {
  const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  // Whoever binds will say why; a host may have IPv6 alone.
  if (fd < 0) return;
  const time = new BigInt64Array(TIMESPEC.size / 8);
  const timePointer = libc.address(time);
  const calls: readonly (readonly [name: string, call: () => number])[] = [
    ['recvmmsg', () => libc.recvmmsg(fd, NULL, 0, MSG_DONTWAIT, NULL)],
    ['sendmmsg', () => libc.sendmmsg(fd, NULL, 0, MSG_DONTWAIT)],
    // The time is 0 still: it does not wait.
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
  // Each new thread asks for it.
  if (syscall === 'uv_cwd')
    return 'the working directory is gone, and Node starts no thread without one';
  return String(error);
}

/**
 * The flags of Node for the engine's threads; none is "those of this process". A program given with
 * `node --input-type=module -e …` must not hand that on: a file has its type.
 */
export function workerFlags(): { execArgv?: string[] } {
  return process.execArgv.some((flag) => flag.startsWith('--input-type')) ? { execArgv: [] } : {};
}

/** The file of a worker thread beside the module at `moduleUrl`: .ts as written, .js as built. */
export function workerUrl(name: string, moduleUrl: string): URL {
  return new URL(`${name}${moduleUrl.endsWith('.ts') ? '.ts' : '.js'}`, moduleUrl);
}
