// SPDX-License-Identifier: MIT
// The prober on the portable engine, in its own thread, or on the event loop of this thread if no thread starts.

import {
  MessageChannel,
  type MessagePort,
  type Worker,
  type WorkerOptions,
} from 'node:worker_threads';
import { startThread } from '../../package-files.ts';
import { threadProblem } from '../../socket/linux/availability.ts';
import { STOP } from '../../socket/stop-wish.ts';
import type { Changes, FleetEngine, FleetEngineOptions } from './fleet-engine.ts';
import type { FromProber, PortsWanted, ProberData, ToProber } from './fleet-messages.ts';
import { ProberThread } from './prober-thread.ts';
import { runPortableProber } from './portable-prober.ts';

/** The running prober, in either thread. */
type Runner = Pick<ProberThread, 'post' | 'ended'>;

const START = (options: WorkerOptions): Worker => startThread('portable-fleet-thread', options);

export class PortableFleetEngine implements FleetEngine {
  readonly engine = 'portable';
  readonly remark: string | null;
  readonly #wish: Int32Array;
  readonly #runner: Runner;

  static async open(options: FleetEngineOptions): Promise<PortableFleetEngine> {
    const wish = new Int32Array(new SharedArrayBuffer(4));
    const data: ProberData = { wish, cells: options.cells };
    try {
      const thread = await ProberThread.start(START, data, 'portable', options);
      return new PortableFleetEngine(wish, thread, null);
    } catch (error) {
      const remark = `it probes on the event loop of all else, which delays probes: no thread starts (${threadProblem(error)})`;
      return new PortableFleetEngine(wish, new EventLoopRunner(data, options), remark);
    }
  }

  private constructor(wish: Int32Array, runner: Runner, remark: string | null) {
    this.#wish = wish;
    this.#runner = runner;
    this.remark = remark;
  }

  change(changes: Changes, wanted: readonly PortsWanted[]): void {
    this.#runner.post({ type: 'change', ...changes, sockets: [], wanted });
  }

  ask(id: number): void {
    this.#runner.post({ type: 'ask', id });
  }

  stop(): void {
    this.#wishFor(STOP.soon);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wishFor(STOP.now);
    await this.#runner.ended();
  }

  #wishFor(wish: number): void {
    Atomics.store(this.#wish, 0, wish);
    this.#runner.post(null);
  }
}

/** Runs the prober in this thread. */
class EventLoopRunner implements Runner {
  readonly #port: MessagePort;
  readonly #ended: Promise<void>;

  constructor(data: ProberData, { onMessage, onFailure }: FleetEngineOptions) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (message: FromProber) => {
      if (message.type !== 'ready') onMessage(message);
    });
    this.#ended = runPortableProber(data, port2)
      .catch(onFailure)
      .finally(() => {
        port2.close();
      });
  }

  post(message: ToProber | null): void {
    this.#port.postMessage(message);
  }

  ended(): Promise<void> {
    return this.#ended;
  }
}
