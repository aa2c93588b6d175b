// SPDX-License-Identifier: MIT
// The worker thread of a measurement on the Linux engine: makes the session, runs its loop, and posts
// what it found.

import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { loadLibc } from '../../socket/linux/libc.ts';
import type { OpenProbeSocket } from '../../socket/linux/open-probe-socket.ts';
import { STOP } from '../../socket/linux/stop-switch.ts';
import { GcWatch } from '../host/gc-watch.ts';
import { ProbeLoop } from './probe-loop.ts';
import { RecordPacker, type PackedRecords } from './record-packer.ts';
import { rehearse } from './rehearsal.ts';
import type { InterimResult } from '../session/interim-result.ts';
import type { RunOutcome } from './runner.ts';
import { Session, type SessionPlan } from '../session/session.ts';

/** What the main thread gives the worker. */
export interface LinuxProberData {
  readonly plan: SessionPlan;
  readonly sockets: readonly OpenProbeSocket[];
  /** One shared cell that is 1, and notified, when the measurement shall begin. */
  readonly startFlag: Int32Array;
  /** An eventfd that becomes readable when `stopFlag` changes. */
  readonly stopFd: number;
  readonly stopFlag: Int32Array;
  /** One shared cell: how often the main thread asked for interim numbers. */
  readonly questions: Int32Array;
  /** From `messageCount`, where records are wanted. */
  readonly messagesOnWay: Int32Array | undefined;
}

/** What the worker posts: that it is ready to begin, records, interim numbers, and last the outcome. */
export type LinuxProberMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'records'; readonly packed: PackedRecords }
  | { readonly type: 'interim'; readonly interim: InterimResult }
  | {
      readonly type: 'outcome';
      /** The main thread knows the rest. */
      readonly outcome: Omit<RunOutcome, 'receiveBufferDrops'>;
    };

interface Port {
  postMessage(message: LinuxProberMessage): void;
}

if (parentPort !== null) await probe(workerData as LinuxProberData, parentPort);

async function probe(data: LinuxProberData, port: Port): Promise<void> {
  const { plan, sockets, startFlag, stopFd, stopFlag, questions, messagesOnWay } = data;
  const libc = await loadLibc();
  port.postMessage({ type: 'ready' });
  Atomics.wait(startFlag, 0, 0);
  if (Atomics.load(stopFlag, 0) === STOP.now) return;
  const packer =
    messagesOnWay === undefined
      ? undefined
      : new RecordPacker(messagesOnWay, (packed) => {
          port.postMessage({ type: 'records', packed });
        });
  rehearse(libc, plan, stopFd, packer !== undefined);
  const session = new Session(plan, packer?.pack);
  const onPause = (): void => packer?.flush();
  const onQuestion = (): void => {
    port.postMessage({ type: 'interim', interim: session.interim(loop.nowNs) });
  };
  const { payloadBytes } = plan;
  using gc = new GcWatch();
  const loop = new ProbeLoop({
    ...{ libc, sockets, session, payloadBytes, stopFd, stopFlag },
    ...{ questions, onQuestion, onPause },
  });
  loop.run();
  const durationNs = Math.round(loop.nowNs);
  packer?.flushAnyway();
  // What was collected meanwhile is told by the event loop.
  await setImmediate();
  const { p99, max } = loop.lateness.summary();
  const stamp = loop.hasStamps ? 'kernel' : 'user';
  const outcome = {
    durationNs,
    statistics: session.summary(sockets.map(({ localPort }) => localPort)),
    stamps: { send: stamp, receive: stamp },
    runtime: { loopDelayNs: { p99, max }, gcMaxNs: gc.longestNs, clockSteps: loop.clockSteps },
  } as const;
  port.postMessage({ type: 'outcome', outcome });
}
