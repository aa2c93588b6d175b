// SPDX-License-Identifier: MIT
// The prober on the Linux engine, in its own thread. The main thread owns the sockets.

import type { Worker, WorkerOptions } from 'node:worker_threads';
import { startThread } from '../../package-files.ts';
import { EngineUnavailable, threadProblem } from '../../socket/linux/availability.ts';
import { HubSockets } from '../../socket/linux/open-probe-hub.ts';
import type { IpVersion } from '../../socket/resolve.ts';
import { STOP } from '../../socket/stop-wish.ts';
import type { Changes, FleetEngine, FleetEngineOptions } from './fleet-engine.ts';
import type { NewSockets, PortsWanted } from './fleet-messages.ts';
import type { LinuxProberData } from './linux-fleet-thread.ts';
import { ProberThread } from './prober-thread.ts';

const START = (options: WorkerOptions): Worker => startThread('linux-fleet-thread', options);

export class LinuxFleetEngine implements FleetEngine {
  readonly engine = 'linux';
  readonly remark = null;
  readonly #sockets: HubSockets;
  readonly #thread: ProberThread;
  readonly #ports = new Map<IpVersion, number>();

  /** @throws EngineUnavailable if this machine can't run it */
  static async open(options: FleetEngineOptions): Promise<LinuxFleetEngine> {
    const sockets = await HubSockets.open();
    const { stop } = sockets;
    const data: LinuxProberData = { wish: stop.flag, cells: options.cells, wakeFd: stop.fd };
    try {
      const thread = await ProberThread.start(START, data, 'linux', options);
      return new LinuxFleetEngine(sockets, thread);
    } catch (error) {
      sockets[Symbol.dispose]();
      throw new EngineUnavailable(`its thread doesn't start (${threadProblem(error)})`, {
        cause: error,
      });
    }
  }

  private constructor(sockets: HubSockets, thread: ProberThread) {
    this.#sockets = sockets;
    this.#thread = thread;
  }

  change(changes: Changes, wanted: readonly PortsWanted[]): void {
    const sockets = wanted.flatMap((ports) => this.#open(ports));
    this.#thread.post({ type: 'change', ...changes, sockets, wanted: [] });
    this.#sockets.stop.wake();
  }

  ask(id: number): void {
    this.#thread.post({ type: 'ask', id });
    this.#sockets.stop.wake();
  }

  stop(): void {
    this.#sockets.stop.press(STOP.soon);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sockets.stop.press(STOP.now);
    await this.#thread.ended();
    this.#sockets[Symbol.dispose]();
  }

  /** Probes that need a port that can't be opened fail to be sent; the next changes try again to open it. */
  #open({ ipVersion, ports }: PortsWanted): readonly NewSockets[] {
    const open = this.#ports.get(ipVersion) ?? 0;
    if (ports <= open) return [];
    try {
      const sockets = this.#sockets.openPorts(ipVersion, ports - open);
      this.#ports.set(ipVersion, ports);
      return [{ ipVersion, sockets }];
    } catch {
      return [];
    }
  }
}
