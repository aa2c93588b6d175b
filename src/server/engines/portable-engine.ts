// SPDX-License-Identifier: MIT
// Serves from the event loop through node:dgram: one socket for each address, no threads.

import { PortableSocket } from '../../socket/portable/portable-socket.ts';
import { Admission } from '../admission.ts';
import { boundTo, eachAddress } from '../bind-addresses.ts';
import { CounterBlock } from '../counters.ts';
import { ImpairedNetwork } from '../impairment.ts';
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
  const turners = sockets.map((socket) => {
    const network =
      options.impair === null ? undefined : new ImpairedNetwork(options.impair, block.impairments);
    const loop = new ReflectLoop({ socket, admission, sampler, block, network });
    const turner = new Turner(loop);
    socket.start(turner.turn);
    return turner;
  });
  let isClosed = false;
  return {
    name: 'portable',
    addresses: sockets.map(({ local }) => local),
    receiveBuffer: sockets[0]!.receiveBuffer,
    workers: 1,
    get workersAlive() {
      return isClosed ? 0 : 1;
    },
    block: () => block,
    kernelDrops: () => null,
    close: async () => {
      isClosed = true;
      for (const turner of turners) turner.stop();
      await Promise.all(sockets.map((socket) => socket.close()));
    },
  };
}

/** Runs a loop when called, and again when a reply that it holds back is due. */
class Turner {
  readonly #loop: ReflectLoop;
  #timer: NodeJS.Timeout | undefined;

  constructor(loop: ReflectLoop) {
    this.#loop = loop;
  }

  readonly turn = (): void => {
    this.#loop.turn();
    const { dueInMs } = this.#loop;
    clearTimeout(this.#timer);
    if (dueInMs !== undefined) this.#timer = setTimeout(this.turn, dueInMs);
  };

  stop(): void {
    clearTimeout(this.#timer);
    this.#loop.discard();
  }
}
