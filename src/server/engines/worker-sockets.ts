// SPDX-License-Identifier: MIT
// The sockets of a server's workers: one at each address for each worker, all on the port of one
// service. The main
// thread owns the descriptors, so that a worker which dies loses nothing that waits in its sockets.

import {
  allowGroup,
  bindSocket,
  readKernelDrops,
  type BoundSocket,
  type LinuxFeatures,
} from '../../socket/linux/bind.ts';
import { sumOfDrops } from '../../socket/drop-causes.ts';
import type { Libc } from '../../socket/linux/libc.ts';
import { isWildcard, type BindAddresses } from '../bind-addresses.ts';
import { needsMetadata, replyTtl, type ServicePlan } from '../service.ts';
import type { EngineOptions } from './engine.ts';
import { openEach } from './open-each.ts';

export class WorkerSockets {
  readonly plan: ServicePlan;
  readonly #libc: Libc;
  readonly #byWorker: (readonly BoundSocket[])[] = [];
  /** Drops of sockets that are closed. */
  #pastDrops: number | null = 0;

  /** @throws SocketError `ECHOGRAM_ERR_BIND`; nothing stays open then */
  static async bind(
    libc: Libc,
    plan: ServicePlan,
    addresses: BindAddresses,
    options: EngineOptions,
  ): Promise<WorkerSockets> {
    const sockets = new WorkerSockets(libc, plan);
    try {
      await sockets.#bind(addresses, options);
      return sockets;
    } catch (error) {
      sockets.close();
      throw error;
    }
  }

  private constructor(libc: Libc, plan: ServicePlan) {
    this.#libc = libc;
    this.plan = plan;
  }

  get workers(): number {
    return this.#byWorker.length;
  }

  /** A worker's sockets, one for each address. */
  of(worker: number): readonly BoundSocket[] {
    return this.#byWorker[worker]!;
  }

  /** Datagrams that the kernel dropped for want of room, in the sockets that are closed too. */
  get kernelDrops(): number | null {
    return sumOfDrops([this.#pastDrops, this.#dropsOf(this.#byWorker.flat())]);
  }

  /** Closes the sockets of a worker that will not come back: the kernel deals its clients to others. */
  release(worker: number): void {
    const sockets = this.of(worker);
    this.#pastDrops = sumOfDrops([this.#pastDrops, this.#dropsOf(sockets)]);
    for (const { fd } of sockets) this.#libc.close(fd);
    this.#byWorker[worker] = [];
  }

  close(): void {
    for (const worker of this.#byWorker.keys()) this.release(worker);
  }

  async #bind(addresses: BindAddresses, options: EngineOptions): Promise<void> {
    const { host, broadcasts, signal } = options;
    let bind = { host, broadcasts, signal, port: this.plan.port, ...addresses };
    for (let worker = 0; worker < options.workers; worker++) {
      const bound = await openEach(bind, this.#opener(options, worker > 0));
      this.#byWorker.push(bound);
      // The first is bound as the only one, so that a port in use is an error; then others may join.
      const isFirstOfMany = worker === 0 && options.workers > 1;
      if (isFirstOfMany) for (const socket of bound) allowGroup(this.#libc, socket);
      const { port } = bound[0]!.local;
      const joined = bound.map(({ local }) => local.address);
      bind = { ...bind, port, addresses: joined, allowMissing: false };
    }
  }

  #opener({ receiveBufferBytes, mirrorTos, gso, gro, impair }: EngineOptions, joinsGroup: boolean) {
    const { plan } = this;
    return {
      open: (address: string, port: number): BoundSocket => {
        const features: LinuxFeatures = {
          replyFromAsked: isWildcard(address),
          // A STAMP sender may ask which came, and for another.
          mirrorTos: mirrorTos || plan.name === 'stamp',
          metadata: needsMetadata(plan),
          // An impairment is drawn for each datagram, so the kernel has to take runs apart; and a run
          // has one time of arrival.
          gro: gro && impair === null && !needsMetadata(plan),
          gso,
        };
        const ttl = replyTtl(plan);
        const options = { address, port, receiveBufferBytes, joinsGroup, features, ttl };
        return bindSocket(this.#libc, options);
      },
      close: ({ fd }: BoundSocket): void => {
        this.#libc.close(fd);
      },
    };
  }

  #dropsOf(sockets: readonly BoundSocket[]): number | null {
    return sumOfDrops(sockets.map(({ fd }) => readKernelDrops(this.#libc, fd)));
  }
}
