// SPDX-License-Identifier: MIT
// A worker thread of the Linux engine: waits in ppoll, answers, and returns when the switch is pressed.

import { parentPort, workerData } from 'node:worker_threads';
import { POLLIN } from '../../socket/linux/constants.ts';
import type { BoundSocket } from '../../socket/linux/bind.ts';
import { loadLibc, type Libc } from '../../socket/linux/libc.ts';
import { LinuxSocket } from '../../socket/linux/linux-socket.ts';
import { Poller } from '../../socket/linux/poller.ts';
import { LinuxWallClock } from '../../socket/linux/wall-clock.ts';
import { Admission, type AdmissionRules } from '../admission.ts';
import { CounterBlock } from '../counters.ts';
import { ImpairedNetwork, type ImpairmentPlan } from '../impairment.ts';
import { Limits } from '../limits.ts';
import { ReflectLoop } from '../reflect-loop.ts';
import { makeReflector, openSessions } from '../reflectors/make-reflector.ts';
import { Sampler, type DatagramSample } from '../sampler.ts';
import { admissionFor, type ServicePlan } from '../service.ts';

/** One service of a worker. */
export interface WorkerService {
  readonly plan: ServicePlan;
  /** One for each address. */
  readonly sockets: readonly BoundSocket[];
  /** A `CounterBlock`'s memory. */
  readonly counters: SharedArrayBuffer;
  /** What `sessionMemory` made for this worker. */
  readonly sessions: SharedArrayBuffer | null;
}

/** What the main thread gives a worker. */
export interface LinuxWorkerData {
  readonly services: readonly WorkerService[];
  /** An eventfd that becomes readable when the worker shall end. */
  readonly stopFd: number;
  /** One shared cell that is 1 when the worker shall end. */
  readonly stopFlag: Int32Array;
  readonly rules: AdmissionRules;
  readonly impair: ImpairmentPlan | null;
  readonly sampleCredit: Int32Array;
}

/** What a worker posts, after its first `'ready'`. */
export type LinuxWorkerMessage =
  | { readonly type: 'sample'; readonly sample: DatagramSample }
  | { readonly type: 'notice'; readonly notice: string };

if (parentPort !== null) await work(workerData as LinuxWorkerData, parentPort);

interface Port {
  postMessage(message: LinuxWorkerMessage | 'ready'): void;
}

async function work(data: LinuxWorkerData, port: Port): Promise<void> {
  const libc = await loadLibc();
  const limits = data.rules.limits === null ? undefined : new Limits(data.rules.limits);
  const loops = data.services.flatMap((service) => loopsOf(service, data, libc, limits, port));
  const sockets = data.services.flatMap((service) => service.sockets);
  const fds = [data.stopFd, ...sockets.map(({ fd }) => fd)];
  const poller = new Poller(libc, fds, POLLIN);
  port.postMessage('ready');
  while (Atomics.load(data.stopFlag, 0) === 0) {
    let mayWait = true;
    for (const loop of loops) if (loop.turn()) mayWait = false;
    if (mayWait) poller.wait(earliest(loops));
  }
  for (const loop of loops) loop.discard();
}

/** A service's loops, one for each of its sockets. */
function loopsOf(
  { plan, sockets, counters, sessions: memory }: WorkerService,
  { rules, impair, sampleCredit }: LinuxWorkerData,
  libc: Libc,
  limits: Limits | undefined,
  port: Port,
): readonly ReflectLoop[] {
  const block = new CounterBlock(counters);
  const cells = block.refusals;
  const admission = new Admission({ ...admissionFor(plan, rules), limits, cells });
  const sampler = new Sampler(plan.name, sampleCredit, block, (sample) => {
    port.postMessage({ type: 'sample', sample });
  });
  const clock = new LinuxWallClock(libc);
  const sessions = openSessions(memory);
  return sockets.map((bound, index) => {
    const socket = new LinuxSocket(libc, bound, block.socket, (notice) => {
      port.postMessage({ type: 'notice', notice });
    });
    const network = impair === null ? undefined : new ImpairedNetwork(impair, block.impairments);
    const reflector = makeReflector(plan, { clock, sessions, socket: index, seesTos: true, block });
    return new ReflectLoop({ socket, admission, reflector, sampler, block, network });
  });
}

/** Milliseconds until a loop has to run again although nothing came; `undefined` is never. */
function earliest(loops: readonly ReflectLoop[]): number | undefined {
  const due = loops.map((loop) => loop.dueInMs).filter((dueInMs) => dueInMs !== undefined);
  return due.length === 0 ? undefined : Math.min(...due);
}
