// SPDX-License-Identifier: MIT
// Serves from worker threads through recvmmsg and sendmmsg. The main thread owns the descriptors and supervises the
// threads: one that dies is replaced, and its replacement finds the waiting datagrams.

import { wildcardOrAddresses } from '../../socket/bind-addresses.ts';
import {
  EngineUnavailable,
  requireLibc,
  threadProblem,
  workerFlags,
} from '../../socket/linux/availability.ts';
import type { Libc } from '../../socket/linux/libc.ts';
import { StopSwitch } from '../../socket/linux/stop-switch.ts';
import type { AdmissionRules } from '../admission.ts';
import { CounterBlock } from '../counters.ts';
import { startThread } from '../../package-files.ts';
import type { ImpairmentPlan } from '../../impairment/impairments.ts';
import { sessionMemory } from '../reflectors/make-reflector.ts';
import type { DatagramSample } from '../sampler.ts';
import { boundTo } from './bound-to.ts';
import type { ServicePlan } from '../service.ts';
import type { EngineOptions, RunningEngine, RunningService } from './engine.ts';
import type { LinuxWorkerData, LinuxWorkerMessage } from './linux-worker.ts';
import { WorkerPool } from './worker-pool.ts';
import { WorkerTurns } from './worker-turns.ts';
import { WorkerSockets } from './worker-sockets.ts';

/** A service: its sockets, and the memory of each worker that outlives the worker. */
interface SharedService {
  readonly sockets: WorkerSockets;
  readonly blocks: readonly CounterBlock[];
  readonly sessions: readonly (SharedArrayBuffer | null)[];
}

/**
 * Binds and serves.
 *
 * @throws EngineUnavailable if this machine can't run it
 * @throws SocketError `ECHOGRAM_ERR_BIND` and what resolving the host throws
 */
export async function startLinuxEngine(options: EngineOptions): Promise<RunningEngine> {
  const libc = await requireLibc();
  const services = await bindServices(libc, options);
  const stop = makeStopSwitch(libc, services);
  const { receiveBuffer, sendBuffer } = services[0]!.sockets.of(0)[0]!;
  const workers = services[0]!.blocks.length;
  const running = services.map(runningService);
  const firstOfEach = services.flatMap(({ sockets }) => sockets.of(0));
  const rules = options.rulesFor(boundTo(firstOfEach, workers));
  const turns = new WorkerTurns(workers);
  const pool = startPool({ ...options, workers }, rules, services, stop, turns);
  const endThreads = async (): Promise<void> => {
    pool.retire();
    stop.press();
    await pool.ended;
    turns.close();
    stop.release();
  };
  try {
    await pool.started;
  } catch (error) {
    await endThreads();
    giveBack(services);
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
    turned: () => turns.turned(),
    close: async () => {
      await endThreads();
      closeAll(services);
    },
  };
}

async function bindServices(libc: Libc, options: EngineOptions): Promise<readonly SharedService[]> {
  const bound: WorkerSockets[] = [];
  try {
    for (const plan of options.services) bound.push(await socketsFor(libc, plan, options));
  } catch (error) {
    for (const sockets of bound) sockets.giveBack();
    throw error;
  }
  const forEach = { length: Math.max(...bound.map(({ workers }) => workers)) };
  return bound.map((sockets) => ({
    sockets,
    blocks: Array.from(forEach, () => new CounterBlock()),
    sessions: Array.from(forEach, () => sessionMemory(sockets.plan)),
  }));
}

async function socketsFor(
  libc: Libc,
  plan: ServicePlan,
  options: EngineOptions,
): Promise<WorkerSockets> {
  if (plan.fds !== undefined) return WorkerSockets.adopt(libc, plan, plan.fds, options);
  const addresses = await wildcardOrAddresses(options.host, options.signal);
  return await WorkerSockets.bind(libc, plan, addresses, options);
}

function runningService({ sockets, blocks }: SharedService): RunningService {
  // Read now, because a worker that is given up closes its sockets.
  const addresses = sockets.of(0).map(({ local }) => local);
  const seesFragments = sockets.of(0).every(({ features }) => features.fragments);
  return {
    plan: sockets.plan,
    addresses,
    block: () => sumOf(blocks),
    kernelDrops: () => sockets.kernelDrops,
    seesFragments,
  };
}

/** For an engine that does not run after all. */
function giveBack(services: readonly SharedService[]): void {
  for (const { sockets } of services) sockets.giveBack();
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
    startThread: (given) => startThread('linux-worker', given),
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

/** A Buffer arrives from another thread as a Uint8Array. */
function withBuffer({ payload, ...sample }: DatagramSample): DatagramSample {
  return { ...sample, payload: Buffer.from(payload.buffer, payload.byteOffset, payload.length) };
}

function makeStopSwitch(libc: Libc, services: readonly SharedService[]): StopSwitch {
  try {
    return new StopSwitch(libc);
  } catch (error) {
    giveBack(services);
    throw new EngineUnavailable(`it can't stop its threads (${String(error)})`, { cause: error });
  }
}

/** Each worker draws from its own sequence. */
function impairFor(plan: ImpairmentPlan | null, worker: number): ImpairmentPlan | null {
  return plan === null ? null : { ...plan, seed: (plan.seed ?? 1) + worker };
}

function sumOf(blocks: readonly CounterBlock[]): CounterBlock {
  const sum = new CounterBlock();
  for (const block of blocks) sum.add(block);
  return sum;
}
