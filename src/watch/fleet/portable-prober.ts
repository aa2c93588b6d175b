// SPDX-License-Identifier: MIT
// The prober on the portable engine. It runs on the event loop of its own thread, or of the main one if no thread starts.

import type { MessagePort } from 'node:worker_threads';
import { PortableProbeHub } from '../../socket/portable/portable-probe-hub.ts';
import { runFleetLoop } from './fleet-loop.ts';
import type { FleetChanges, FromProber, ProberData, ToProber } from './fleet-messages.ts';
import { FleetProber, FleetSinks } from './fleet-prober.ts';
import { FleetCells } from './shared-counters.ts';

/** Resolves once it has stopped. @param port  to the main thread; it stays open */
export async function runPortableProber(
  { wish, cells }: ProberData,
  port: MessagePort,
): Promise<void> {
  const shared = new FleetCells(cells);
  const sinks = new FleetSinks(shared);
  await using hub = new PortableProbeHub(sinks.sinkOf);
  const post = (message: FromProber, transferred: readonly ArrayBuffer[] = []): void => {
    port.postMessage(message, transferred);
  };
  const prober = new FleetProber({ hub, cells: shared, post }, sinks);
  const messages: ToProber[] = [];
  // `null` means that the cell with the requested stop changed.
  port.on('message', (message: ToProber | null) => {
    if (message !== null) messages.push(message);
    hub.wake();
  });
  post({ type: 'ready' });
  const hearOne = async (message: ToProber): Promise<void> => {
    if (message.type === 'ask') {
      prober.ask(message.id);
      return;
    }
    await openPorts(hub, message);
    prober.change(message);
  };
  const hear = (): void | Promise<void> => {
    if (messages.length === 0) return undefined;
    return (async () => {
      while (messages.length > 0) await hearOne(messages.shift()!);
    })();
  };
  await runFleetLoop({ hub, prober, wish, hear });
  post({ type: 'stopped' });
}

/** Probes that need a port that can't be opened fail to be sent; the next changes try again to open it. */
async function openPorts(hub: PortableProbeHub, { wanted }: FleetChanges): Promise<void> {
  for (const { ipVersion, ports } of wanted) {
    const open = hub.sides.find((side) => side.ipVersion === ipVersion)?.ports ?? 0;
    if (ports > open) await hub.addPorts(ipVersion, ports - open).catch(() => undefined);
  }
}
