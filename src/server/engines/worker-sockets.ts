// SPDX-License-Identifier: MIT
// The sockets of a server's workers: one at each address for each worker, all on one port. The main
// thread owns the descriptors, so that a worker which dies loses nothing that waits in its sockets.

import {
  allowGroup,
  bindSocket,
  readKernelDrops,
  type BoundSocket,
  type LinuxFeatures,
} from '../../socket/linux/bind.ts';
import type { Libc } from '../../socket/linux/libc.ts';
import { isWildcard, type BindAddresses } from '../bind-addresses.ts';
import type { EngineOptions } from './engine.ts';
import { openEach } from './open-each.ts';

export class WorkerSockets {
  readonly #libc: Libc;
  readonly #byWorker: (readonly BoundSocket[])[] = [];
  /** Drops of sockets that are closed. */
  #pastDrops = 0;

  /** @throws SocketError `ECHOGRAM_ERR_BIND`; nothing stays open then */
  static async bind(
    libc: Libc,
    addresses: BindAddresses,
    options: EngineOptions,
  ): Promise<WorkerSockets> {
    const sockets = new WorkerSockets(libc);
    try {
      await sockets.#bind(addresses, options);
      return sockets;
    } catch (error) {
      sockets.close();
      throw error;
    }
  }

  private constructor(libc: Libc) {
    this.#libc = libc;
  }

  get workers(): number {
    return this.#byWorker.length;
  }

  /** A worker's sockets, one for each address. */
  of(worker: number): readonly BoundSocket[] {
    return this.#byWorker[worker]!;
  }

  /** Datagrams that the kernel dropped for want of room, in the sockets that are closed too. */
  get kernelDrops(): number {
    return this.#pastDrops + this.#dropsOf(this.#byWorker.flat());
  }

  /** Closes the sockets of a worker that will not come back: the kernel deals its clients to others. */
  release(worker: number): void {
    const sockets = this.of(worker);
    this.#pastDrops += this.#dropsOf(sockets);
    for (const { fd } of sockets) this.#libc.close(fd);
    this.#byWorker[worker] = [];
  }

  close(): void {
    for (const worker of this.#byWorker.keys()) this.release(worker);
  }

  async #bind(addresses: BindAddresses, options: EngineOptions): Promise<void> {
    let bind = { ...options, ...addresses };
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
    return {
      open: (address: string, port: number): BoundSocket => {
        const features: LinuxFeatures = {
          replyFromAsked: isWildcard(address),
          mirrorTos,
          // For reflectors that need them; a plain echo needs neither.
          metadata: false,
          // An impairment is drawn for each datagram, so the kernel has to take runs apart.
          gro: gro && impair === null,
          gso,
        };
        const options = { address, port, receiveBufferBytes, joinsGroup, features };
        return bindSocket(this.#libc, options);
      },
      close: ({ fd }: BoundSocket): void => {
        this.#libc.close(fd);
      },
    };
  }

  #dropsOf(sockets: readonly BoundSocket[]): number {
    return sockets.reduce((sum, { fd }) => sum + readKernelDrops(this.#libc, fd), 0);
  }
}
