// SPDX-License-Identifier: MIT
// Serves from worker threads through recvmmsg and sendmmsg. The main thread owns the descriptors and
// looks after the threads: one that dies is replaced and finds its datagrams where they were.

// Only to hear of the exit, see StopSwitch, and for what `node` was started with.
import process from 'node:process';
import { EFD_CLOEXEC, EFD_NONBLOCK } from '../../socket/linux/constants.ts';
import {
  allowGroup,
  bindSocket,
  readKernelDrops,
  type BoundSocket,
  type LinuxFeatures,
} from '../../socket/linux/bind.ts';
import { loadLibc, systemError, unsupportedReason, type Libc } from '../../socket/linux/libc.ts';
import { boundTo, isWildcard, wildcardOrAddresses, type BindAddresses } from '../bind-addresses.ts';
import { CounterBlock } from '../counters.ts';
import type { ImpairmentPlan } from '../impairment.ts';
import type { EngineOptions, RunningEngine } from './engine.ts';
import type { LinuxWorkerData, LinuxWorkerMessage } from './linux-worker.ts';
import { openEach } from './open-each.ts';
import { WorkerPool } from './worker-pool.ts';

const WORKER_URL = new URL(
  `linux-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
);

/** The engine can't run here; `message` says why. The portable one can. */
export class EngineUnavailable extends Error {}

/**
 * Binds and serves.
 *
 * @throws EngineUnavailable where this machine can't run it
 * @throws SocketError `ECHOGRAM_ERR_BIND` and what resolving the host throws
 */
export async function startLinuxEngine(options: EngineOptions): Promise<RunningEngine> {
  const libc = await requireLibc();
  const addresses = await wildcardOrAddresses(options.host);
  const sockets = await bindAll(libc, addresses, options);
  const stop = makeStopSwitch(libc, sockets);
  const blocks = sockets.map(() => new CounterBlock());
  const rules = options.rulesFor(boundTo(sockets[0]!, sockets.length));
  const pool = new WorkerPool({
    url: WORKER_URL,
    count: sockets.length,
    ...workerFlags(),
    dataFor: (worker): LinuxWorkerData => ({
      sockets: sockets[worker]!,
      stopFd: stop.fd,
      stopFlag: stop.flag,
      counters: blocks[worker]!.memory,
      rules,
      impair: impairFor(options.impair, worker),
      sampleCredit: options.sampleCredit,
    }),
    onMessage: (message: LinuxWorkerMessage) => {
      if (message.type === 'sample') options.onSample(message.sample);
      else options.onNotice(message.notice);
    },
    onNotice: options.onNotice,
  });
  const drops = (): number =>
    sockets.flat().reduce((sum, { fd }) => sum + readKernelDrops(libc, fd), 0);
  let finalDrops: number | undefined;
  const close = async (): Promise<void> => {
    pool.retire();
    stop.press();
    await pool.ended;
    finalDrops = drops();
    closeSockets(libc, sockets);
    stop.release();
  };
  try {
    await pool.started;
  } catch (error) {
    await close();
    throw new EngineUnavailable(`its threads don't start (${String(error)})`, { cause: error });
  }
  return {
    name: 'linux',
    addresses: sockets[0]!.map(({ local }) => local),
    receiveBuffer: sockets[0]![0]!.receiveBuffer,
    workers: sockets.length,
    get workersAlive() {
      return pool.alive;
    },
    block: () => sumOf(blocks),
    kernelDrops: () => finalDrops ?? drops(),
    close,
  };
}

function makeStopSwitch(libc: Libc, sockets: readonly (readonly BoundSocket[])[]): StopSwitch {
  try {
    return new StopSwitch(libc);
  } catch (error) {
    closeSockets(libc, sockets);
    throw new EngineUnavailable(`it can't stop its threads (${String(error)})`, { cause: error });
  }
}

function closeSockets(libc: Libc, sockets: readonly (readonly BoundSocket[])[]): void {
  for (const { fd } of sockets.flat()) libc.close(fd);
}

/** A program given with `node --input-type=module -e …` must not hand that on: a file has its type. */
function workerFlags(): { execArgv?: string[] } {
  return process.execArgv.some((flag) => flag.startsWith('--input-type')) ? { execArgv: [] } : {};
}

/** Ends every worker at once: a flag for those that are busy, an eventfd for those that wait. */
class StopSwitch {
  readonly flag = new Int32Array(new SharedArrayBuffer(4));
  readonly fd: number;
  readonly #libc: Libc;
  // A thread in a system call keeps process.exit() from returning, so the switch is pressed there too.
  readonly #onExit = (): void => {
    this.press();
  };

  constructor(libc: Libc) {
    this.#libc = libc;
    this.fd = libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (this.fd < 0) throw systemError('eventfd', libc.errno());
    process.on('exit', this.#onExit);
  }

  press(): void {
    Atomics.store(this.flag, 0, 1);
    const one = BigUint64Array.of(1n);
    this.#libc.write(this.fd, this.#libc.address(one), one.byteLength);
  }

  release(): void {
    process.off('exit', this.#onExit);
    this.#libc.close(this.fd);
  }
}

async function requireLibc(): Promise<Libc> {
  const reason = unsupportedReason();
  if (reason !== undefined) throw new EngineUnavailable(reason);
  try {
    return await loadLibc();
  } catch (error) {
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new EngineUnavailable(`koffi, an optional dependency, doesn't load (${message ?? ''})`, {
      cause: error,
    });
  }
}

/** Binds one socket at each address for each worker. */
async function bindAll(
  libc: Libc,
  addresses: BindAddresses,
  options: EngineOptions,
): Promise<readonly (readonly BoundSocket[])[]> {
  const all: (readonly BoundSocket[])[] = [];
  try {
    let bind = { ...options, ...addresses };
    for (let worker = 0; worker < options.workers; worker++) {
      const bound = await openEach(bind, openerFor(libc, options, worker > 0));
      all.push(bound);
      if (worker === 0 && options.workers > 1) for (const socket of bound) allowGroup(libc, socket);
      // The others join at the very addresses and the port that the first one got.
      bind = { ...bind, port: bound[0]!.local.port, allowMissing: false };
      bind = { ...bind, addresses: bound.map(({ local }) => local.address) };
    }
    return all;
  } catch (error) {
    closeSockets(libc, all);
    throw error;
  }
}

function openerFor(libc: Libc, options: EngineOptions, joinsGroup: boolean) {
  const { receiveBufferBytes, mirrorTos, gso } = options;
  // An impairment is drawn for each datagram, so runs have to be taken apart: by the kernel.
  const gro = options.gro && options.impair === null;
  return {
    open: (address: string, port: number): BoundSocket => {
      const replyFromAsked = isWildcard(address);
      const features: LinuxFeatures = { replyFromAsked, mirrorTos, metadata: false, gro, gso };
      return bindSocket(libc, { address, port, receiveBufferBytes, joinsGroup, features });
    },
    close: ({ fd }: BoundSocket): void => {
      libc.close(fd);
    },
  };
}

/** Each worker draws from a sequence of its own. */
function impairFor(plan: ImpairmentPlan | null, worker: number): ImpairmentPlan | null {
  return plan === null ? null : { ...plan, seed: (plan.seed ?? 1) + worker };
}

function sumOf(blocks: readonly CounterBlock[]): CounterBlock {
  const sum = new CounterBlock();
  for (const block of blocks) sum.add(block);
  return sum;
}
