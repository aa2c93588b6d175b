// SPDX-License-Identifier: MIT
// The worker thread of a measurement on the Linux engine: opens the channel over the main thread's sockets, makes the
// session, runs its loop, and posts what it found.

import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import {
  openLinuxProbeChannel,
  type ProbeSocketsData,
} from '../../socket/linux/open-probe-channel.ts';
import { STOP } from '../../socket/stop-wish.ts';
import { GcWatch } from '../host/gc-watch.ts';
import { AddressTeller } from './address-teller.ts';
import { DropTeller } from './drop-teller.ts';
import { ProbeLoop } from './probe-loop.ts';
import { RecordPacker } from './record-packer.ts';
import type { Rows } from './record-row.ts';
import { rehearse } from './rehearsal.ts';
import type { InterimResult } from '../session/interim-result.ts';
import type { RunOutcome } from './probe-engine.ts';
import { Session } from '../session/session.ts';
import type { SessionPlan } from '../session/session-plan.ts';

/** What the main thread gives the worker. */
export interface LinuxProberData {
  readonly plan: SessionPlan;
  readonly sockets: ProbeSocketsData;
  /** One shared cell that is 1, and notified, when the measurement shall begin. */
  readonly startFlag: Int32Array;
  /** One shared cell: what is asked for, of `STOP`. */
  readonly wish: Int32Array;
  /** One shared cell: how often the main thread asked for interim numbers. */
  readonly questions: Int32Array;
  /** From `messageCount`, where records are wanted. */
  readonly messagesOnWay: Int32Array | undefined;
}

/** What the worker posts: that it is ready to begin, records, interim numbers, and last the outcome. */
export type LinuxProberMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'records'; readonly rows: Rows }
  | { readonly type: 'interim'; readonly interim: InterimResult }
  | {
      readonly type: 'outcome';
      /** The main thread knows the rest. */
      readonly outcome: Omit<RunOutcome, 'kernelDrops'>;
      /** Datagrams dropped by sockets that are no more. */
      readonly dropsBefore: number;
    };

interface Port {
  postMessage(message: LinuxProberMessage, transferred?: readonly ArrayBuffer[]): void;
}

if (parentPort !== null) await probe(workerData as LinuxProberData, parentPort);

async function probe(data: LinuxProberData, port: Port): Promise<void> {
  const { plan, sockets, startFlag, wish, messagesOnWay } = data;
  const channel = await openLinuxProbeChannel(sockets);
  port.postMessage({ type: 'ready' });
  Atomics.wait(startFlag, 0, 0);
  if (Atomics.load(wish, 0) === STOP.now) return;
  const packer =
    messagesOnWay === undefined
      ? undefined
      : new RecordPacker(messagesOnWay, (rows) => {
          port.postMessage({ type: 'records', rows }, [rows.numbers.buffer]);
        });
  await rehearse(plan, sockets.wakeFd, packer !== undefined);
  const session = new Session(plan, packer?.pack);
  const drops = new DropTeller(channel, session);
  const addresses = new AddressTeller(channel, session);
  using gc = new GcWatch();
  const loop = new ProbeLoop({
    channel,
    session,
    payloadBytes: plan.payloadBytes,
    wish,
    onTurn: onTurn(data, port, session),
    onPause: (nowNs) => {
      if (drops.look(nowNs)) channel.lookElsewhere();
      addresses.look();
      packer?.flush();
    },
  });
  await loop.run();
  drops.lookAtAll();
  const durationNs = Math.round(channel.nowNs);
  packer?.flushAnyway();
  // What was collected meanwhile is told by the event loop.
  await setImmediate();
  const { p99, max } = loop.lateness.summary();
  const stamp = channel.hasStamps ? 'kernel' : 'user';
  const outcome = {
    durationNs,
    statistics: session.summary(channel.localPorts),
    stamps: { send: stamp, receive: stamp },
    elsewhere: channel.elsewhere,
    addressChanges: addresses.changes,
    runtime: { loopDelayNs: { p99, max }, gcMaxNs: gc.longestNs, clockSteps: loop.clockSteps },
  } as const;
  port.postMessage({ type: 'outcome', outcome, dropsBefore: channel.dropsBefore });
}

/** Tells how late the turn is, and answers who asked what is known so far. */
function onTurn(
  { questions }: LinuxProberData,
  port: Port,
  session: Session,
): (lateNs: number, nowNs: number) => void {
  let answered = 0;
  return (lateNs, nowNs) => {
    session.stalled(lateNs, nowNs);
    const asked = Atomics.load(questions, 0);
    if (asked === answered) return;
    answered = asked;
    port.postMessage({ type: 'interim', interim: session.interim(nowNs) });
  };
}
