// SPDX-License-Identifier: MIT
// Runs the prober's thread, passes its messages on, and notices if it ends by itself.

import { once } from 'node:events';
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { createError } from '../../errors.ts';
import type { EngineName } from '../../socket/datagram-socket.ts';
import { workerFlags } from '../../socket/linux/availability.ts';
import type { FleetEngineOptions } from './fleet-engine.ts';
import type { FromProber, ProberData, ToProber } from './fleet-messages.ts';

export class ProberThread {
  readonly #worker: Worker;

  /** Resolves when it is ready. @throws the error of a thread that does not start */
  static async start(
    startThread: (options: WorkerOptions) => Worker,
    data: ProberData,
    engine: EngineName,
    options: FleetEngineOptions,
  ): Promise<ProberThread> {
    const worker = startThread({ workerData: data, ...workerFlags() });
    await once(worker, 'message');
    return new ProberThread(worker, engine, options);
  }

  private constructor(
    worker: Worker,
    engine: EngineName,
    { onMessage, onFailure }: FleetEngineOptions,
  ) {
    this.#worker = worker;
    let isStopped = false;
    let failure: Error | undefined;
    worker.on('message', (message: FromProber) => {
      if (message.type === 'stopped') isStopped = true;
      onMessage(message);
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      failure = error.syscall === undefined ? error : failureOf(engine, error);
    });
    worker.on('exit', () => {
      if (!isStopped) onFailure(failure ?? new Error('the probing thread ended'));
    });
  }

  post(message: ToProber | null): void {
    this.#worker.postMessage(message);
  }

  /** Resolves when it has ended after a stop. */
  async ended(): Promise<void> {
    // `threadId` is -1 once it has ended.
    if (this.#worker.threadId !== -1) await once(this.#worker, 'exit');
  }
}

function failureOf(engine: EngineName, error: NodeJS.ErrnoException): Error {
  const reason = `a system call failed while probing (${error.message})`;
  return createError('ECHOGRAM_ERR_ENGINE', { engine, reason }, error);
}
