// SPDX-License-Identifier: MIT
// The prober's thread on the Linux engine. It waits in system calls, and reads the main thread's messages between turns.

import {
  parentPort,
  receiveMessageOnPort,
  workerData,
  type MessagePort,
} from 'node:worker_threads';
import { makeLinuxHub } from '../../socket/linux/open-probe-hub.ts';
import { runFleetLoop } from './fleet-loop.ts';
import type { FromProber, ProberData, ToProber } from './fleet-messages.ts';
import { FleetProber, FleetSinks } from './fleet-prober.ts';
import { FleetCells } from './shared-counters.ts';

export interface LinuxProberData extends ProberData {
  /** An eventfd that wakes the thread. */
  readonly wakeFd: number;
}

if (parentPort !== null) void probe(workerData as LinuxProberData, parentPort);

async function probe({ wish, cells, wakeFd }: LinuxProberData, port: MessagePort): Promise<void> {
  const shared = new FleetCells(cells);
  const sinks = new FleetSinks(shared);
  const hub = await makeLinuxHub({ wakeFd, sinkOf: sinks.sinkOf });
  const post = (message: FromProber, transferred: readonly ArrayBuffer[] = []): void => {
    port.postMessage(message, transferred);
  };
  const prober = new FleetProber({ hub, cells: shared, post }, sinks);
  post({ type: 'ready' });
  const hear = (): void => {
    for (;;) {
      const received = receiveMessageOnPort(port) as { message: ToProber } | undefined;
      if (received === undefined) return;
      const { message } = received;
      if (message.type === 'ask') {
        prober.ask(message.id);
        continue;
      }
      for (const { ipVersion, sockets } of message.sockets) hub.addSockets(ipVersion, sockets);
      prober.change(message);
    }
  };
  await runFleetLoop({ hub, prober, wish, hear });
  post({ type: 'stopped' });
}
