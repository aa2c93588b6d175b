// SPDX-License-Identifier: MIT
// The worker thread of a measurement on the Linux engine. It opens the channel over the main thread's sockets,
// rehearses, runs the session, and posts the results.

import {
  parentPort,
  receiveMessageOnPort,
  workerData,
  type MessagePort,
} from 'node:worker_threads';
import {
  linuxProbeChannels,
  type ProbeSocketsData,
} from '../../socket/linux/open-probe-channel.ts';
import { STOP } from '../../socket/stop-wish.ts';
import { LinuxRun, type LinuxOutcome } from './linux-run.ts';
import { RecordPacker } from './record-packer.ts';
import type { Rows } from './record-row.ts';
import type { InterimResult } from '../session/interim-result.ts';
import type { SessionPlan } from '../session/session-plan.ts';

/**
 * Slower measurements are not rehearsed: at their rate nobody would notice the difference, and a short one would start
 * late.
 */
const LONGEST_REHEARSED_INTERVAL_NS = 20e6;

/** What the main thread passes to the worker. */
export interface LinuxProberData {
  readonly plan: SessionPlan;
  readonly sockets: ProbeSocketsData;
  /** One shared cell that becomes 1, and is notified, when the measurement should begin. */
  readonly startFlag: Int32Array;
  /** One shared cell: the requested value of `STOP`. */
  readonly wish: Int32Array;
  /** One shared cell: how many times the main thread requested interim numbers. */
  readonly questions: Int32Array;
  /** From `messageCount`, if records are wanted. */
  readonly messagesOnWay: Int32Array | undefined;
}

/** What the worker posts: that it is ready to begin, records, interim numbers, and finally the outcome. */
export type LinuxProberMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'records'; readonly rows: Rows }
  | { readonly type: 'interim'; readonly interim: InterimResult }
  | ({ readonly type: 'outcome' } & LinuxOutcome);

export type MessageOf<Type> = Extract<LinuxProberMessage, { type: Type }>;

/** The main thread sends the plans of further runs. */
interface Port extends MessagePort {
  postMessage(message: LinuxProberMessage, transferred?: readonly ArrayBuffer[]): void;
}

if (parentPort !== null) void probe(workerData as LinuxProberData, parentPort);

/** In a separate function, because tsc does not rewrite the extension of an import in a conditional expression. */
async function loadRehearsal(): Promise<typeof import('./rehearsal.ts')> {
  return await import('./rehearsal.ts');
}

async function probe(data: LinuxProberData, port: Port): Promise<void> {
  const { plan, sockets, startFlag, wish, questions, messagesOnWay } = data;
  const openChannel = await linuxProbeChannels();
  const isRehearsed = plan.intervalNs <= LONGEST_REHEARSED_INTERVAL_NS;
  const rehearsal = isRehearsed ? await loadRehearsal() : undefined;
  port.postMessage({ type: 'ready' });
  if (!mayBegin(startFlag, wish)) return;
  const packer =
    messagesOnWay === undefined
      ? undefined
      : new RecordPacker(messagesOnWay, (rows) => {
          port.postMessage({ type: 'records', rows }, [rows.numbers.buffer]);
        });
  const onInterim = (interim: InterimResult): void => {
    port.postMessage({ type: 'interim', interim });
  };
  const makeRun = (): LinuxRun => {
    const channel = openChannel(sockets);
    return new LinuxRun({ plan, channel, wish, questions, packer, onInterim });
  };
  const rehearsed = { plan, wakeFd: sockets.wakeFd, hasListener: packer !== undefined, wish };
  const first = rehearsal === undefined ? makeRun() : await rehearsal.rehearse(rehearsed, makeRun);
  port.postMessage({ type: 'outcome', ...(await first.complete()) });
  while (mayBegin(startFlag, wish)) {
    const next = receiveMessageOnPort(port) as { readonly message: SessionPlan };
    const { channel } = first;
    const run = new LinuxRun({ plan: next.message, channel, wish, questions, packer, onInterim });
    port.postMessage({ type: 'outcome', ...(await run.complete()) });
  }
}

/** Waits until the main thread wants a run. @returns false if it wants none any more */
function mayBegin(startFlag: Int32Array, wish: Int32Array): boolean {
  Atomics.wait(startFlag, 0, 0);
  Atomics.store(startFlag, 0, 0);
  return Atomics.load(wish, 0) !== STOP.now;
}
