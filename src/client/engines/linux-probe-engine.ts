// SPDX-License-Identifier: MIT
// Runs a session in a worker thread through recvmmsg and sendmmsg, with the kernel's time stamps. The
// main thread owns the sockets, so that it can read their drops whatever became of the thread.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createError } from '../../errors.ts';
import {
  EngineUnavailable,
  threadProblem,
  workerFlags,
  workerUrl,
} from '../../socket/linux/availability.ts';
import { ProbeSockets } from '../../socket/linux/open-probe-channel.ts';
import { STOP } from '../../socket/stop-wish.ts';
import type { LinuxProberData, LinuxProberMessage } from './linux-prober.ts';
import type { InterimResult } from '../session/interim-result.ts';
import { messageCount, unpackRecords } from './record-packer.ts';
import {
  channelOptions,
  type RunOutcome,
  type ProbeEngine,
  type ProbeEngineOptions,
} from './probe-engine.ts';

const WORKER_URL = workerUrl('linux-prober', import.meta.url);

export class LinuxProbeEngine implements ProbeEngine {
  readonly engine = 'linux';
  readonly localPorts: readonly number[];
  readonly #options: ProbeEngineOptions;
  readonly #sockets: ProbeSockets;
  readonly #messagesOnWay: Int32Array | undefined;
  /** One shared cell that is 1, and notified, when the thread shall go on from where it is ready. */
  readonly #startFlag = new Int32Array(new SharedArrayBuffer(4));
  readonly #questions = new Int32Array(new SharedArrayBuffer(4));
  /** Those who asked and have no answer yet. */
  #askers: ((interim: InterimResult | null) => void)[] = [];
  #isRunning = false;
  #worker: Worker | undefined;

  /**
   * @throws EngineUnavailable where this machine can't run it
   * @throws the system's error in Node's shape where no socket can be opened or connected
   */
  static async open(options: ProbeEngineOptions): Promise<LinuxProbeEngine> {
    const sockets = await ProbeSockets.open(channelOptions(options));
    const probeEngine = new LinuxProbeEngine(options, sockets);
    try {
      await probeEngine.#startThread();
      return probeEngine;
    } catch (error) {
      sockets[Symbol.dispose]();
      throw error;
    }
  }

  private constructor(options: ProbeEngineOptions, sockets: ProbeSockets) {
    this.#options = options;
    this.#sockets = sockets;
    this.localPorts = sockets.localPorts;
    this.#messagesOnWay = options.onRecord === undefined ? undefined : messageCount();
  }

  async run(): Promise<RunOutcome> {
    const { onRecord } = this.#options;
    const ended = outcomeOf(this.#worker!, {
      onRecords: ({ rows }) => {
        unpackRecords(rows, this.#messagesOnWay!, onRecord!);
      },
      onInterim: ({ interim }) => {
        this.#answer(interim);
      },
    });
    this.#isRunning = true;
    this.#letGo();
    try {
      const { outcome, dropsBefore } = await ended;
      const drops = this.#sockets.drops();
      return { ...outcome, kernelDrops: drops === null ? null : drops + dropsBefore };
    } finally {
      this.#isRunning = false;
      this.#answer(null);
    }
  }

  interim(): Promise<InterimResult | null> {
    if (!this.#isRunning) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#askers.push(resolve);
      Atomics.add(this.#questions, 0, 1);
      this.#sockets.stop.wake();
    });
  }

  #answer(interim: InterimResult | null): void {
    for (const asker of this.#askers.splice(0)) asker(interim);
  }

  stop(): void {
    this.#sockets.stop.press(STOP.soon);
  }

  end(): void {
    this.#sockets.stop.press(STOP.end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endThread();
    this.#sockets[Symbol.dispose]();
  }

  /** Resolves when the thread is ready to begin. @throws EngineUnavailable where it can't become so */
  async #startThread(): Promise<void> {
    const data: LinuxProberData = {
      plan: this.#options.plan,
      sockets: this.#sockets.data,
      startFlag: this.#startFlag,
      wish: this.#sockets.stop.flag,
      questions: this.#questions,
      messagesOnWay: this.#messagesOnWay,
    };
    try {
      this.#worker = new Worker(WORKER_URL, { workerData: data, ...workerFlags() });
      // Rejects with the error of a thread that dies before.
      await once(this.#worker, 'message');
    } catch (error) {
      await this.#endThread();
      throw new EngineUnavailable(`its thread doesn't start (${threadProblem(error)})`, {
        cause: error,
      });
    }
  }

  #letGo(): void {
    Atomics.store(this.#startFlag, 0, 1);
    Atomics.notify(this.#startFlag, 0);
  }

  async #endThread(): Promise<void> {
    this.#sockets.stop.press(STOP.now);
    this.#letGo();
    const worker = this.#worker;
    // -1 once it has ended.
    if (worker !== undefined && worker.threadId !== -1) await once(worker, 'exit');
  }
}

type MessageOf<Type> = Extract<LinuxProberMessage, { type: Type }>;
type Outcome = MessageOf<'outcome'>;

interface ProberHandlers {
  readonly onRecords: (message: MessageOf<'records'>) => void;
  readonly onInterim: (message: MessageOf<'interim'>) => void;
}

/**
 * Resolves with the worker's last message.
 *
 * @throws SocketError `ECHOGRAM_ERR_ENGINE` where the system failed it
 */
function outcomeOf(worker: Worker, handlers: ProberHandlers): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: LinuxProberMessage) => {
      if (message.type === 'records') handlers.onRecords(message);
      else if (message.type === 'interim') handlers.onInterim(message);
      else if (message.type === 'outcome') resolve(message);
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.syscall === undefined ? error : failureOf(error));
    });
    worker.on('exit', () => {
      reject(new Error('the thread that measures ended before its result'));
    });
  });
}

function failureOf(error: NodeJS.ErrnoException): Error {
  const reason = `a system call failed while it measured (${error.message})`;
  return createError('ECHOGRAM_ERR_ENGINE', { engine: 'linux', reason }, error);
}
