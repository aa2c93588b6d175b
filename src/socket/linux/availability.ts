// SPDX-License-Identifier: MIT
// Whether this machine can run the Linux engine, and why not; servers and clients ask the same.

import process from 'node:process';
import { isMainThread } from 'node:worker_threads';
import { loadLibc, unsupportedReason, type Libc } from './libc.ts';

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
