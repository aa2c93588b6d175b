// SPDX-License-Identifier: MIT
// One session over one channel, as the Linux engine runs it. The rehearsal uses the same class: V8 would
// discard the code compiled for it as soon as the measurement called other functions.

import { setImmediate } from 'node:timers/promises';
import type { ProbeSink } from '../../socket/probe-channel.ts';
import type { LinuxProbeChannel } from '../../socket/linux/open-probe-channel.ts';
import { GcWatch } from '../host/gc-watch.ts';
import type { InterimResult } from '../session/interim-result.ts';
import { Session } from '../session/session.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import type { RecordListener } from '../session/probe-record.ts';
import { AddressTeller } from './address-teller.ts';
import { DropTeller } from './drop-teller.ts';
import { ProbeLoop } from './probe-loop.ts';
import type { RunOutcome } from './probe-engine.ts';

/** Where records go. */
export interface RecordOutlet {
  readonly pack: RecordListener;
  /** Called now and then. */
  flush(): void;
  /** Called at the end. */
  flushAnyway(): void;
}

/** The findings of a run, as far as the channel knows them. */
export interface LinuxOutcome {
  readonly outcome: Omit<RunOutcome, 'kernelDrops'>;
  /** Datagrams dropped by sockets that were replaced. */
  readonly dropsBefore: number;
}

export interface LinuxRunOptions {
  readonly plan: SessionPlan;
  readonly channel: LinuxProbeChannel;
  /** One cell: the requested value of `STOP`. */
  readonly wish: Int32Array;
  /** One cell: how often interim numbers were requested. */
  readonly questions: Int32Array;
  readonly onInterim: (interim: InterimResult) => void;
  /** Takes the records, if they are wanted. */
  readonly packer: RecordOutlet | undefined;
  /** Stands between the channel and the session. */
  readonly sinkOf?: (session: Session) => ProbeSink;
}

export class LinuxRun {
  readonly channel: LinuxProbeChannel;
  readonly session: Session;
  readonly drops: DropTeller;
  readonly addresses: AddressTeller;
  readonly loop: ProbeLoop;
  readonly #questions: Int32Array;
  readonly #onInterim: (interim: InterimResult) => void;
  readonly #packer: RecordOutlet | undefined;
  #answered = 0;

  constructor({ plan, channel, wish, packer, sinkOf, ...options }: LinuxRunOptions) {
    // The object of options is not kept, because its shape differs for each caller.
    this.#questions = options.questions;
    this.#onInterim = options.onInterim;
    this.#packer = packer;
    this.channel = channel;
    this.session = new Session(plan, packer?.pack);
    this.drops = new DropTeller(channel, this.session);
    this.addresses = new AddressTeller(channel, this.session);
    this.loop = new ProbeLoop({
      channel,
      session: this.session,
      sink: sinkOf?.(this.session) ?? this.session,
      payloadBytes: plan.payloadBytes,
      wish,
      onTurn: this.#onTurn,
      onPause: this.#onPause,
    });
  }

  /** Runs it to its end. */
  async complete(): Promise<LinuxOutcome> {
    const { channel, session, drops, addresses, loop } = this;
    using gc = new GcWatch();
    await loop.run();
    drops.lookAtAll();
    const durationNs = Math.round(channel.nowNs);
    this.#packer?.flushAnyway();
    // The event loop reports the garbage collections of the meantime.
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
    return { outcome, dropsBefore: channel.dropsBefore };
  }

  /** Reports how late the turn is, and answers requests for interim numbers. */
  readonly #onTurn = (lateNs: number, nowNs: number): void => {
    this.session.stalled(lateNs, nowNs);
    const asked = Atomics.load(this.#questions, 0);
    if (asked === this.#answered) return;
    this.#answered = asked;
    this.#onInterim(this.session.interim(nowNs));
  };

  readonly #onPause = (nowNs: number): void => {
    if (this.drops.look(nowNs)) this.channel.lookElsewhere();
    this.addresses.look();
    this.#packer?.flush();
  };
}
