// SPDX-License-Identifier: MIT
// Serves from worker threads through recvmmsg and sendmmsg. The main thread owns the descriptors and
// looks after the threads: one that dies is replaced and finds its datagrams where they were.

import {
  EngineUnavailable,
  requireLibc,
  threadProblem,
  workerFlags,
  workerUrl,
} from '../../socket/linux/availability.ts';
import type { Libc } from '../../socket/linux/libc.ts';
import { StopSwitch } from '../../socket/linux/stop-switch.ts';
import type { AdmissionRules } from '../admission.ts';
import { boundTo, wildcardOrAddresses } from '../bind-addresses.ts';
import { CounterBlock } from '../counters.ts';
import type { ImpairmentPlan } from '../impairment.ts';
import { sessionMemory } from '../reflectors/make-reflector.ts';
import type { DatagramSample } from '../sampler.ts';
import type { EngineOptions, RunningEngine, RunningService } from './engine.ts';
import type { LinuxWorkerData, LinuxWorkerMessage } from './linux-worker.ts';
import { WorkerPool } from './worker-pool.ts';
import { WorkerTurns } from './worker-turns.ts';
import { WorkerSockets } from './worker-sockets.ts';

const WORKER_URL = workerUrl('linux-worker', import.meta.url);

/** A service: its sockets, and what each worker keeps in memory that outlives it. */
interface SharedService {
  readonly sockets: WorkerSockets;
  readonly blocks: readonly CounterBlock[];
  readonly sessions: readonly (SharedArrayBuffer | null)[];
}

/**
 * Binds and serves.
 *
 * @throws EngineUnavailable where this machine can't run it
 * @throws SocketError `ECHOGRAM_ERR_BIND` and what resolving the host throws
 */
export async function startLinuxEngine(options: EngineOptions): Promise<RunningEngine> {
  const libc = await requireLibc();
  const services = await bindServices(libc, options);
  const stop = makeStopSwitch(libc, services);
  const { receiveBuffer, sendBuffer } = services[0]!.sockets.of(0)[0]!;
  const { workers } = options;
  const running = services.map(runningService);
  const firstOfEach = services.flatMap(({ sockets }) => sockets.of(0));
  const rules = options.rulesFor(boundTo(firstOfEach, workers));
  const turns = new WorkerTurns(workers);
  const pool = startPool(options, rules, services, stop, turns);
  const close = async (): Promise<void> => {
    pool.retire();
    stop.press();
    await pool.ended;
    for (const worker of turns.cells.keys()) turns.clear(worker);
    closeAll(services);
    stop.release();
  };
  try {
    await pool.started;
  } catch (error) {
    await close();
    throw new EngineUnavailable(`its threads don't start (${threadProblem(error)})`, {
      cause: error,
    });
  }
  return {
    name: 'linux',
    services: running,
    receiveBuffer,
    sendBuffer,
    limits: rules.limits,
    warnings: [],
    workers,
    get workersAlive() {
      return pool.alive;
    },
    get workerDeaths() {
      return pool.deaths;
    },
    get failingSockets() {
      return running.reduce((sum, service) => sum + service.block().failingSockets, 0);
    },
    keepRunning: (isKept) => {
      pool.keepRunning(isKept);
    },
    counted: () => turns.over(),
    close,
  };
}

async function bindServices(libc: Libc, options: EngineOptions): Promise<readonly SharedService[]> {
  const addresses = await wildcardOrAddresses(options.host, options.signal);
  const bound: SharedService[] = [];
  try {
    for (const plan of options.services) {
      const sockets = await WorkerSockets.bind(libc, plan, addresses, options);
      const forEach = { length: options.workers };
      const blocks = Array.from(forEach, () => new CounterBlock());
      const sessions = Array.from(forEach, () => sessionMemory(plan));
      bound.push({ sockets, blocks, sessions });
    }
  } catch (error) {
    closeAll(bound);
    throw error;
  }
  return bound;
}

function runningService({ sockets, blocks }: SharedService): RunningService {
  // Read now: a worker that is given up gives its sockets back.
  const addresses = sockets.of(0).map(({ local }) => local);
  return {
    plan: sockets.plan,
    addresses,
    block: () => sumOf(blocks),
    kernelDrops: () => sockets.kernelDrops,
  };
}

function closeAll(services: readonly SharedService[]): void {
  for (const { sockets } of services) sockets.close();
}

function startPool(
  options: EngineOptions,
  rules: AdmissionRules,
  services: readonly SharedService[],
  stop: StopSwitch,
  turns: WorkerTurns,
): WorkerPool<LinuxWorkerMessage> {
  const { listener } = options;
  return new WorkerPool({
    url: WORKER_URL,
    count: options.workers,
    ...workerFlags(),
    dataFor: (worker): LinuxWorkerData => {
      turns.clear(worker);
      return {
        services: services.map(({ sockets, blocks, sessions }) => ({
          plan: sockets.plan,
          sockets: sockets.of(worker),
          counters: blocks[worker]!.memory,
          sessions: sessions[worker]!,
        })),
        stopFd: stop.fd,
        stopFlag: stop.flag,
        rules,
        impair: impairFor(options.impair, worker),
        sampleCredit: options.sampleCredit,
        turn: turns.cells[worker]!,
      };
    },
    onMessage: (message: LinuxWorkerMessage) => {
      if (message.type === 'sample') listener.onSample(withBuffer(message.sample));
      else if (message.type === 'limited') listener.onLimited(message.limited);
      else listener.onNotice(message.notice);
    },
    onGivenUp: (worker) => {
      turns.clear(worker);
      for (const { sockets } of services) sockets.release(worker);
    },
    onLastGivenUp: listener.onFailed,
    onNotice: listener.onNotice,
  });
}

/** A Buffer comes out of another thread as a Uint8Array. */
function withBuffer({ payload, ...sample }: DatagramSample): DatagramSample {
  return { ...sample, payload: Buffer.from(payload.buffer, payload.byteOffset, payload.length) };
}

function makeStopSwitch(libc: Libc, services: readonly SharedService[]): StopSwitch {
  try {
    return new StopSwitch(libc);
  } catch (error) {
    closeAll(services);
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
