// SPDX-License-Identifier: MIT
// Serves from worker threads through recvmmsg and sendmmsg. The main thread owns the descriptors and
// looks after the threads: one that dies is replaced and finds its datagrams where they were.

import {
  EngineUnavailable,
  requireLibc,
  workerFlags,
  workerUrl,
} from '../../socket/linux/availability.ts';
import type { Libc } from '../../socket/linux/libc.ts';
import { StopSwitch } from '../../socket/linux/stop-switch.ts';
import { boundTo, wildcardOrAddresses } from '../bind-addresses.ts';
import { CounterBlock } from '../counters.ts';
import type { ImpairmentPlan } from '../impairment.ts';
import type { EngineOptions, RunningEngine } from './engine.ts';
import type { LinuxWorkerData, LinuxWorkerMessage } from './linux-worker.ts';
import { WorkerPool } from './worker-pool.ts';
import { WorkerSockets } from './worker-sockets.ts';

const WORKER_URL = workerUrl('linux-worker', import.meta.url);

/**
 * Binds and serves.
 *
 * @throws EngineUnavailable where this machine can't run it
 * @throws SocketError `ECHOGRAM_ERR_BIND` and what resolving the host throws
 */
export async function startLinuxEngine(options: EngineOptions): Promise<RunningEngine> {
  const libc = await requireLibc();
  const addresses = await wildcardOrAddresses(options.host);
  const sockets = await WorkerSockets.bind(libc, addresses, options);
  const stop = makeStopSwitch(libc, sockets);
  const bound = sockets.of(0);
  const { receiveBuffer } = bound[0]!;
  const { workers } = sockets;
  const blocks = Array.from({ length: workers }, () => new CounterBlock());
  const pool = startPool(options, sockets, stop, blocks);
  const close = async (): Promise<void> => {
    pool.retire();
    stop.press();
    await pool.ended;
    sockets.close();
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
    addresses: bound.map(({ local }) => local),
    receiveBuffer,
    workers,
    get workersAlive() {
      return pool.alive;
    },
    block: () => sumOf(blocks),
    kernelDrops: () => sockets.kernelDrops,
    close,
  };
}

function startPool(
  options: EngineOptions,
  sockets: WorkerSockets,
  stop: StopSwitch,
  blocks: readonly CounterBlock[],
): WorkerPool<LinuxWorkerMessage> {
  const rules = options.rulesFor(boundTo(sockets.of(0), sockets.workers));
  return new WorkerPool({
    url: WORKER_URL,
    count: sockets.workers,
    ...workerFlags(),
    dataFor: (worker): LinuxWorkerData => ({
      sockets: sockets.of(worker),
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
    onGivenUp: (worker) => {
      sockets.release(worker);
    },
    onNotice: options.onNotice,
  });
}

function makeStopSwitch(libc: Libc, sockets: WorkerSockets): StopSwitch {
  try {
    return new StopSwitch(libc);
  } catch (error) {
    sockets.close();
    throw new EngineUnavailable(`it can't stop its threads (${String(error)})`, { cause: error });
  }
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
