// SPDX-License-Identifier: MIT
// Runs a session in a worker thread through recvmmsg and sendmmsg, with the kernel's time stamps. The
// main thread owns the sockets, so that it can read their drops whatever became of the thread.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { requireLibc, workerFlags, workerUrl } from '../socket/linux/availability.ts';
import { readKernelDrops } from '../socket/linux/bind.ts';
import type { Libc } from '../socket/linux/libc.ts';
import { openProbeSocket, type OpenProbeSocket } from '../socket/linux/open-probe-socket.ts';
import { STOP, StopSwitch } from '../socket/linux/stop-switch.ts';
import type { LinuxProberData, LinuxProberMessage } from './linux-prober.ts';
import { messageCount, unpackRecords } from './record-packer.ts';
import type { RunOutcome, Runner, RunnerOptions } from './runner.ts';

const WORKER_URL = workerUrl('linux-prober', import.meta.url);

export class LinuxRunner implements Runner {
  readonly engine = 'linux';
  readonly localPorts: readonly number[];
  readonly #libc: Libc;
  readonly #options: RunnerOptions;
  readonly #sockets: readonly OpenProbeSocket[];
  readonly #stop: StopSwitch;
  #worker: Worker | undefined;

  /**
   * @throws EngineUnavailable where this machine can't run it
   * @throws the system's error in Node's shape where no socket can be opened or connected
   */
  static async open(options: RunnerOptions): Promise<LinuxRunner> {
    const libc = await requireLibc();
    const sockets: OpenProbeSocket[] = [];
    try {
      for (let stream = 0; stream < options.plan.streams; stream++) {
        sockets.push(openProbeSocket(libc, options.socket));
      }
      return new LinuxRunner(libc, options, sockets, new StopSwitch(libc));
    } catch (error) {
      for (const { fd } of sockets) libc.close(fd);
      throw error;
    }
  }

  private constructor(
    libc: Libc,
    options: RunnerOptions,
    sockets: readonly OpenProbeSocket[],
    stop: StopSwitch,
  ) {
    this.#libc = libc;
    this.#options = options;
    this.#sockets = sockets;
    this.#stop = stop;
    this.localPorts = sockets.map(({ localPort }) => localPort);
  }

  async run(): Promise<RunOutcome> {
    const { plan, onRecord } = this.#options;
    const messagesOnWay = onRecord === undefined ? undefined : messageCount();
    const data: LinuxProberData = {
      plan,
      sockets: this.#sockets,
      stopFd: this.#stop.fd,
      stopFlag: this.#stop.flag,
      messagesOnWay,
    };
    this.#worker = new Worker(WORKER_URL, { workerData: data, ...workerFlags() });
    const outcome = await outcomeOf(this.#worker, (message) => {
      unpackRecords(message.packed, messagesOnWay!, onRecord!);
    });
    return { ...outcome, receiveBufferDrops: this.#drops() };
  }

  stop(): void {
    this.#stop.press(STOP.soon);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.press(STOP.now);
    const worker = this.#worker;
    // -1 once it has ended.
    if (worker !== undefined && worker.threadId !== -1) await once(worker, 'exit');
    for (const { fd } of this.#sockets) this.#libc.close(fd);
    this.#stop.release();
  }

  #drops(): number {
    return this.#sockets.reduce((sum, { fd }) => sum + readKernelDrops(this.#libc, fd), 0);
  }
}

type RecordsMessage = Extract<LinuxProberMessage, { type: 'records' }>;
type Outcome = Extract<LinuxProberMessage, { type: 'outcome' }>['outcome'];

/** Resolves with the worker's last message; rejects where it dies before. */
function outcomeOf(worker: Worker, onRecords: (message: RecordsMessage) => void): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: LinuxProberMessage) => {
      if (message.type === 'records') onRecords(message);
      else resolve(message.outcome);
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      reject(new Error('the thread that measures ended before its result'));
    });
  });
}
