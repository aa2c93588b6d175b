// SPDX-License-Identifier: MIT
// A worker thread of the Linux engine: waits in ppoll, answers, and returns when the switch is pressed.

import { parentPort, workerData } from 'node:worker_threads';
import { POLLIN } from '../../socket/linux/constants.ts';
import type { BoundSocket } from '../../socket/linux/bind.ts';
import { loadLibc } from '../../socket/linux/libc.ts';
import { LinuxSocket } from '../../socket/linux/linux-socket.ts';
import { Poller } from '../../socket/linux/poller.ts';
import { Admission, type AdmissionRules } from '../admission.ts';
import { CounterBlock } from '../counters.ts';
import { ImpairedNetwork, type ImpairmentPlan } from '../impairment.ts';
import { ReflectLoop } from '../reflect-loop.ts';
import { Sampler, type DatagramSample } from '../sampler.ts';

/** What the main thread gives a worker. */
export interface LinuxWorkerData {
  readonly sockets: readonly BoundSocket[];
  /** An eventfd that becomes readable when the worker shall end. */
  readonly stopFd: number;
  /** One shared cell that is 1 when the worker shall end. */
  readonly stopFlag: Int32Array;
  /** A `CounterBlock`'s memory. */
  readonly counters: SharedArrayBuffer;
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
  const block = new CounterBlock(data.counters);
  const admission = new Admission({ ...data.rules, cells: block.refusals });
  const sampler = new Sampler(data.sampleCredit, block, (sample) => {
    port.postMessage({ type: 'sample', sample });
  });
  const loops = data.sockets.map((bound) => {
    const socket = new LinuxSocket(libc, bound, block.socket, (notice) => {
      port.postMessage({ type: 'notice', notice });
    });
    const network =
      data.impair === null ? undefined : new ImpairedNetwork(data.impair, block.impairments);
    return new ReflectLoop({ socket, admission, sampler, block, network });
  });
  const fds = [data.stopFd, ...data.sockets.map(({ fd }) => fd)];
  const poller = new Poller(libc, fds, POLLIN);
  port.postMessage('ready');
  while (Atomics.load(data.stopFlag, 0) === 0) {
    let mayWait = true;
    for (const loop of loops) if (loop.turn()) mayWait = false;
    if (mayWait) poller.wait(earliest(loops));
  }
  for (const loop of loops) loop.discard();
}

/** Milliseconds until a loop has to run again although nothing came; `undefined` is never. */
function earliest(loops: readonly ReflectLoop[]): number | undefined {
  const due = loops.map((loop) => loop.dueInMs).filter((dueInMs) => dueInMs !== undefined);
  return due.length === 0 ? undefined : Math.min(...due);
}
