// SPDX-License-Identifier: MIT
// The sockets of a server's workers: one at each address for each worker, all of one service. The main thread owns the
// descriptors, so a worker that dies loses nothing that waits in its sockets.

import {
  allowGroup,
  bindSocket,
  readKernelDrops,
  type BoundSocket,
  type LinuxFeatures,
} from '../../socket/linux/bind.ts';
import { adoptSocket } from '../../socket/linux/adopt-socket.ts';
import { socketAddressKey } from '../../socket/ip-address.ts';
import { sumOfDrops } from '../../socket/drop-causes.ts';
import type { Libc } from '../../socket/linux/libc.ts';
import { isWildcard, type BindAddresses } from '../../socket/bind-addresses.ts';
import { needsMetadata, replyTtl, type ServicePlan } from '../service.ts';
import type { EngineOptions } from './engine.ts';
import { openEach } from '../../socket/open-each.ts';

export class WorkerSockets {
  readonly plan: ServicePlan;
  readonly #libc: Libc;
  readonly #byWorker: BoundSocket[][] = [];
  /** Drops of sockets that are closed, less those from before passed sockets were adopted. */
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

  /**
   * Takes over sockets that are bound. Of several at one address the first is for the first worker, and so on.
   *
   * @throws OptionError `ECHOGRAM_ERR_PASSED_SOCKET`; they stay open then
   */
  static adopt(
    libc: Libc,
    plan: ServicePlan,
    fds: readonly number[],
    options: EngineOptions,
  ): WorkerSockets {
    const sockets = new WorkerSockets(libc, plan);
    const { broadcasts } = options;
    const featuresAt = (address: string): LinuxFeatures => featuresFor(plan, address, options);
    const seen = new Map<string, number>();
    for (const fd of fds) {
      const socket = adoptSocket(libc, fd, { featuresAt, ttl: replyTtl(plan), broadcasts });
      const key = socketAddressKey(socket.local);
      const worker = seen.get(key) ?? 0;
      seen.set(key, worker + 1);
      (sockets.#byWorker[worker] ??= []).push(socket);
    }
    const dropsBefore = sockets.#dropsOf(sockets.#byWorker.flat());
    sockets.#pastDrops = dropsBefore === null ? null : -dropsBefore;
    return sockets;
  }

  private constructor(libc: Libc, plan: ServicePlan) {
    this.#libc = libc;
    this.plan = plan;
  }

  get workers(): number {
    return this.#byWorker.length;
  }

  /** A worker's sockets, at most one for each address. */
  of(worker: number): readonly BoundSocket[] {
    return this.#byWorker[worker] ?? [];
  }

  /** Datagrams that the kernel dropped for lack of room, including those of closed sockets. */
  get kernelDrops(): number | null {
    return sumOfDrops([this.#pastDrops, this.#dropsOf(this.#byWorker.flat())]);
  }

  /** Closes the sockets of a worker that will not be restarted: the kernel distributes its clients among the others. */
  release(worker: number): void {
    const sockets = this.of(worker);
    this.#pastDrops = sumOfDrops([this.#pastDrops, this.#dropsOf(sockets)]);
    for (const { fd } of sockets) this.#libc.close(fd);
    this.#byWorker[worker] = [];
  }

  close(): void {
    for (const worker of this.#byWorker.keys()) this.release(worker);
  }

  /** Closes what it has bound itself: passed sockets are left to another engine. */
  giveBack(): void {
    if (this.plan.fds === undefined) this.close();
  }

  async #bind(addresses: BindAddresses, options: EngineOptions): Promise<void> {
    const { host, broadcasts, signal } = options;
    let bind = { host, broadcasts, signal, port: this.plan.port, ...addresses };
    for (let worker = 0; worker < options.workers; worker++) {
      const bound = await openEach(bind, this.#opener(options, worker > 0));
      this.#byWorker.push([...bound]);
      // The first is bound exclusively, so that a port in use is an error; then others may join.
      const isFirstOfMany = worker === 0 && options.workers > 1;
      if (isFirstOfMany) for (const socket of bound) allowGroup(this.#libc, socket);
      const { port } = bound[0]!.local;
      const joined = bound.map(({ local }) => local.address);
      bind = { ...bind, port, addresses: joined, allowMissing: false };
    }
  }

  #opener(options: EngineOptions, joinsGroup: boolean) {
    const { plan } = this;
    const { receiveBufferBytes } = options;
    return {
      open: (address: string, port: number): BoundSocket => {
        const features = featuresFor(plan, address, options);
        const ttl = replyTtl(plan);
        const bind = { address, port, receiveBufferBytes, joinsGroup, features, ttl };
        return bindSocket(this.#libc, bind);
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

function featuresFor(
  plan: ServicePlan,
  address: string,
  { mirrorTos, gso, gro, impair }: EngineOptions,
): LinuxFeatures {
  return {
    replyFromAsked: isWildcard(address),
    // A STAMP sender may ask for the received class, and request another.
    mirrorTos: mirrorTos || plan.name === 'stamp',
    metadata: needsMetadata(plan),
    fragments: true,
    // Impairments are drawn per datagram, so datagrams must not be coalesced; and a coalesced run has only one arrival
    // time.
    gro: gro && impair === null && !needsMetadata(plan),
    gso,
  };
}
