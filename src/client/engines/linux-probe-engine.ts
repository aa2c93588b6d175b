// SPDX-License-Identifier: MIT
// Runs a session in a worker thread through recvmmsg and sendmmsg, with the kernel's timestamps. The main thread owns
// the sockets, so that it can read their drops even if the thread died.

import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { startThread } from '../../package-files.ts';
import { EngineUnavailable, threadProblem, workerFlags } from '../../socket/linux/availability.ts';
import { ProbeSockets } from '../../socket/linux/open-probe-channel.ts';
import { STOP } from '../../socket/stop-wish.ts';
import type { LinuxProberData, LinuxProberMessage, MessageOf } from './linux-prober.ts';
import type { InterimResult } from '../session/interim-result.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { messageCount, unpackRecords } from './record-packer.ts';
import {
  asEngineFailure,
  channelOptions,
  type RunOutcome,
  type ProbeEngine,
  type ProbeEngineOptions,
} from './probe-engine.ts';

export class LinuxProbeEngine implements ProbeEngine {
  readonly engine = 'linux';
  readonly localPorts: readonly number[];
  readonly #options: ProbeEngineOptions;
  readonly #sockets: ProbeSockets;
  readonly #messagesOnWay: Int32Array | undefined;
  /** One shared cell that becomes 1, and is notified, when the ready thread should continue. */
  readonly #startFlag = new Int32Array(new SharedArrayBuffer(4));
  readonly #questions = new Int32Array(new SharedArrayBuffer(4));
  /** The requests that have no answer yet. */
  #askers: ((interim: InterimResult | null) => void)[] = [];
  #isRunning = false;
  /** Settles the current run. */
  #ended: { resolve: (outcome: Outcome) => void; reject: (error: Error) => void } | undefined;
  #worker: Worker | undefined;

  /**
   * @throws EngineUnavailable if this machine can't run it
   * @throws the system's error in Node's shape if no socket can be opened or connected
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

  async run(plan?: SessionPlan): Promise<RunOutcome> {
    const worker = this.#worker!;
    const ended = new Promise<Outcome>((resolve, reject) => {
      this.#ended = { resolve, reject };
    });
    if (plan === undefined) this.#listen(worker);
    else worker.postMessage(plan);
    this.#isRunning = true;
    this.#letGo();
    try {
      const { outcome, dropsBefore } = await ended;
      return { ...outcome, kernelDrops: this.#sockets.takeDrops(dropsBefore) };
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

  /** A run rejects with SocketError `ECHOGRAM_ERR_ENGINE` if a system failure ended it. */
  #listen(worker: Worker): void {
    worker.on('message', (message: LinuxProberMessage) => {
      if (message.type === 'records') {
        unpackRecords(message.rows, this.#messagesOnWay!, this.#options.onRecord!);
      } else if (message.type === 'interim') this.#answer(message.interim);
      else if (message.type === 'outcome') this.#ended?.resolve(message);
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      this.#ended?.reject(asEngineFailure(error));
    });
    worker.on('exit', () => {
      this.#ended?.reject(new Error('the measuring thread ended without a result'));
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

  /** Resolves when the thread is ready to begin. @throws EngineUnavailable if it can't start */
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
      this.#worker = startThread('linux-prober', { workerData: data, ...workerFlags() });
      // Rejects with the thread's error if it dies before.
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
    // -1 once the thread has ended.
    if (worker !== undefined && worker.threadId !== -1) await once(worker, 'exit');
  }
}

type Outcome = MessageOf<'outcome'>;
