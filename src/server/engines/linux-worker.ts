// SPDX-License-Identifier: MIT
// A worker thread of the Linux engine: waits in ppoll, answers, and returns when the switch is pressed.

import { parentPort, workerData } from 'node:worker_threads';
import { POLLIN } from '../../socket/linux/constants.ts';
import type { BoundSocket } from '../../socket/linux/bind.ts';
import { loadLibc, type Libc } from '../../socket/linux/libc.ts';
import { SOCKET_CELL } from '../../socket/counters.ts';
import { LinuxSocket } from '../../socket/linux/linux-socket.ts';
import { Poller } from '../../socket/linux/poller.ts';
import { LinuxWallClock } from '../../socket/linux/wall-clock.ts';
import { Admission, type AdmissionRules } from '../admission.ts';
import { CounterBlock } from '../counters.ts';
import type { ImpairmentPlan } from '../../impairment/impairments.ts';
import { ImpairedNetwork } from '../impairment.ts';
import type { LimitedSource } from '../limit-notices.ts';
import { Limits } from '../limits.ts';
import { ReflectLoop } from '../reflect-loop.ts';
import { makeReflector, openSessions } from '../reflectors/make-reflector.ts';
import { Sampler, type DatagramSample } from '../sampler.ts';
import { admissionFor, type ServicePlan } from '../service.ts';
import { LONGEST_WAIT_MS, OwnTurn } from './worker-turns.ts';
import { WorkerWait } from './worker-wait.ts';

/** One service of a worker. */
export interface WorkerService {
  readonly plan: ServicePlan;
  /** One for each address. */
  readonly sockets: readonly BoundSocket[];
  /** A `CounterBlock`'s memory. */
  readonly counters: SharedArrayBuffer;
  /** What `sessionMemory` returned for this worker. */
  readonly sessions: SharedArrayBuffer | null;
}

/** What the main thread passes to a worker. */
export interface LinuxWorkerData {
  readonly services: readonly WorkerService[];
  /** An eventfd that becomes readable when the worker must end. */
  readonly stopFd: number;
  /** One shared cell that is 1 when the worker must end. */
  readonly stopFlag: Int32Array;
  /** One shared cell, for an `OwnTurn`. */
  readonly turn: Int32Array;
  readonly rules: AdmissionRules;
  readonly impair: ImpairmentPlan | null;
  readonly sampleCredit: Int32Array;
}

/** What a worker posts, after its first `'ready'`. */
export type LinuxWorkerMessage =
  | { readonly type: 'sample'; readonly sample: DatagramSample }
  | { readonly type: 'limited'; readonly limited: LimitedSource }
  | { readonly type: 'notice'; readonly notice: string };

if (parentPort !== null) void work(workerData as LinuxWorkerData, parentPort);

interface Port {
  postMessage(message: LinuxWorkerMessage | 'ready'): void;
}

async function work(data: LinuxWorkerData, port: Port): Promise<void> {
  const libc = await loadLibc();
  const limits = limitsFor(data.rules, port);
  const services = data.services.map((service) => runService(service, data, libc, limits, port));
  const sockets = services.flatMap((service) => service.sockets);
  const loops = services.flatMap((service) => service.loops);
  const fds = [data.stopFd, ...sockets.map(({ fd }) => fd)];
  const { stopFlag } = data;
  const poller = new Poller(libc, fds, POLLIN);
  const onFailure = (): void => {
    services[0]!.block.addReceiveError();
  };
  const idle = new WorkerWait({ poller, sockets, stopFlag, onFailure });
  const turn = new OwnTurn(data.turn);
  port.postMessage('ready');
  while (Atomics.load(stopFlag, 0) === 0) {
    let mayWait = true;
    turn.begin();
    for (const loop of loops) if (loop.turn()) mayWait = false;
    turn.end();
    if (mayWait) idle.wait(earliest(loops));
  }
  for (const loop of loops) loop.discard();
}

function limitsFor({ limits }: AdmissionRules, port: Port): Limits | undefined {
  if (limits === null) return undefined;
  return new Limits(limits, (refusal, source) => {
    port.postMessage({ type: 'limited', limited: { refusal, source } });
  });
}

/** A service of this thread, with a loop for each of its sockets. */
interface Running {
  readonly block: CounterBlock;
  readonly sockets: readonly LinuxSocket[];
  readonly loops: readonly ReflectLoop[];
}

function runService(
  { plan, sockets: boundSockets, counters, sessions: memory }: WorkerService,
  { rules, impair, sampleCredit }: LinuxWorkerData,
  libc: Libc,
  limits: Limits | undefined,
  port: Port,
): Running {
  const block = new CounterBlock(counters);
  // The previous thread may have died because a socket failed.
  block.socket[SOCKET_CELL.failing] = 0;
  const cells = block.refusals;
  const admission = new Admission({ ...admissionFor(plan, rules), limits, cells });
  const sampler = new Sampler(plan.name, sampleCredit, block, (sample) => {
    port.postMessage({ type: 'sample', sample });
  });
  const clock = new LinuxWallClock(libc);
  const sessions = openSessions(memory);
  const notify = (notice: string): void => {
    port.postMessage({ type: 'notice', notice });
  };
  const sockets = boundSockets.map((bound) => new LinuxSocket(libc, bound, block.socket, notify));
  const loops = sockets.map((socket, index) => {
    const network = impair === null ? undefined : new ImpairedNetwork(impair, block.impairments);
    const site = { clock, sessions, socket: index, seesTos: true, notify, block };
    const reflector = makeReflector(plan, site);
    return new ReflectLoop({ socket, admission, reflector, sampler, block, network });
  });
  return { block, sockets, loops };
}

/** Milliseconds until a loop must run again even if nothing arrives. */
function earliest(loops: readonly ReflectLoop[]): number {
  return loops.reduce(
    (soonest, { dueInMs = Infinity }) => Math.min(soonest, dueInMs),
    LONGEST_WAIT_MS,
  );
}
