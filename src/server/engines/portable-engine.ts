// SPDX-License-Identifier: MIT
// Serves from the event loop through node:dgram: one socket for each address, no threads.

import { PortableSocket } from '../../socket/portable/portable-socket.ts';
import { Admission } from '../admission.ts';
import { boundTo, eachAddress } from '../bind-addresses.ts';
import { CounterBlock } from '../counters.ts';
import { ReflectLoop } from '../reflect-loop.ts';
import { Sampler } from '../sampler.ts';
import type { EngineOptions, RunningEngine } from './engine.ts';
import { openEach } from './open-each.ts';

/** Binds and serves. @throws SocketError `ECHOGRAM_ERR_BIND` and what resolving the host throws */
export async function startPortableEngine(options: EngineOptions): Promise<RunningEngine> {
  const block = new CounterBlock();
  const sockets = await openEach(
    { ...options, ...(await eachAddress(options.host)) },
    {
      open: (address, port) =>
        PortableSocket.open({
          address,
          port,
          receiveBufferBytes: options.receiveBufferBytes,
          cells: block.socket,
        }),
      close: (socket) => socket.close(),
    },
  );
  const rules = options.rulesFor(boundTo(sockets, 1));
  const admission = new Admission({ ...rules, cells: block.refusals });
  const sampler = new Sampler(options.sampleCredit, block, options.onSample);
  for (const socket of sockets) {
    const loop = new ReflectLoop({ socket, admission, sampler, batchCells: block.batches });
    socket.start(() => {
      loop.turn();
    });
  }
  let isClosed = false;
  return {
    name: 'portable',
    addresses: sockets.map(({ local }) => local),
    receiveBuffer: sockets[0]!.receiveBuffer,
    workers: 1,
    get workersAlive() {
      return isClosed ? 0 : 1;
    },
    counters: () => block.read(null),
    sampled: () => block.sampled,
    close: async () => {
      isClosed = true;
      await Promise.all(sockets.map((socket) => socket.close()));
    },
  };
}
