// SPDX-License-Identifier: MIT
// Runs a session on the event loop of the calling thread.

import type { Arrival, IcmpArrival, ProbeChannel, ProbeSink } from '../../socket/probe-channel.ts';
import { PortableProbeChannel } from '../../socket/portable/portable-probe-channel.ts';
import { STOP } from '../../socket/stop-wish.ts';
import { RuntimeWatch } from '../host/runtime-watch.ts';
import type { InterimResult } from '../session/interim-result.ts';
import type { RecordListener } from '../session/probe-record.ts';
import { Session } from '../session/session.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { AddressTeller } from './address-teller.ts';
import { ProbeLoop } from './probe-loop.ts';
import {
  channelOptions,
  type RunOutcome,
  type ProbeEngine,
  type ProbeEngineOptions,
} from './probe-engine.ts';

/** What serves one run. */
interface PortableRun {
  readonly session: Session;
  readonly addresses: AddressTeller;
  readonly loop: ProbeLoop;
}

export class PortableProbeEngine implements ProbeEngine {
  readonly engine = 'portable';
  readonly localPorts: readonly number[];
  readonly #channel: PortableProbeChannel;
  readonly #onRecord: RecordListener | undefined;
  #run: PortableRun;
  readonly #wish = new Int32Array(1);
  #isRunning = false;

  /** @throws the system's error in Node's shape if no socket can be opened or connected */
  static async open(options: ProbeEngineOptions): Promise<PortableProbeEngine> {
    return new PortableProbeEngine(
      options,
      await PortableProbeChannel.open(channelOptions(options)),
    );
  }

  private constructor({ plan, onRecord }: ProbeEngineOptions, channel: PortableProbeChannel) {
    this.localPorts = channel.localPorts;
    this.#channel = channel;
    this.#onRecord = onRecord;
    this.#run = this.#prepare(plan);
  }

  async run(plan?: SessionPlan): Promise<RunOutcome> {
    if (plan !== undefined) this.#run = this.#prepare(plan);
    const { session, addresses, loop } = this.#run;
    using runtime = new RuntimeWatch((delayNs) => {
      session.stalled(delayNs, this.#channel.nowNs);
    });
    this.#isRunning = true;
    await loop.run();
    this.#isRunning = false;
    // Before the session is summarized: this may report one more delay to it.
    const reading = runtime.read();
    return {
      durationNs: Math.round(this.#channel.nowNs),
      statistics: session.summary(this.localPorts),
      stamps: { send: 'user', receive: 'user' },
      elsewhere: null,
      addressChanges: [...addresses.changes],
      kernelDrops: this.#channel.takeDrops(),
      runtime: { ...reading, clockSteps: loop.clockSteps },
    };
  }

  stop(): void {
    this.#ask(STOP.soon);
  }

  end(): void {
    this.#ask(STOP.end);
  }

  interim(): Promise<InterimResult | null> {
    return Promise.resolve(this.#isRunning ? this.#run.session.interim(this.#channel.nowNs) : null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel[Symbol.asyncDispose]();
  }

  #prepare(plan: SessionPlan): PortableRun {
    const channel = this.#channel;
    const session = new Session(plan, this.#onRecord);
    const addresses = new AddressTeller(channel, session);
    const loop = new ProbeLoop({
      channel,
      session,
      sink: new EndNotice(session, channel),
      payloadBytes: plan.payloadBytes,
      wish: this.#wish,
      onPause: () => {
        addresses.look();
      },
    });
    return { session, addresses, loop };
  }

  #ask(wish: number): void {
    this.#wish[0] = wish;
    this.#channel.wake();
  }
}

/** Ends the sleep when the last outstanding reply arrives, instead of at its timeout. */
class EndNotice implements ProbeSink {
  readonly #session: Session;
  readonly #channel: ProbeChannel;

  constructor(session: Session, channel: ProbeChannel) {
    this.#session = session;
    this.#channel = channel;
  }

  receive(arrival: Arrival): void {
    this.#session.receive(arrival);
    this.#notice();
  }

  receiveIcmp(error: IcmpArrival): void {
    this.#session.receiveIcmp(error);
    this.#notice();
  }

  stampSent(ticket: number, kernelSentNs: number, nowNs: number): void {
    this.#session.stampSent(ticket, kernelSentNs, nowNs);
  }

  failSend(ticket: number, systemCode: string, nowNs: number): void {
    this.#session.failSend(ticket, systemCode, nowNs);
    this.#notice();
  }

  #notice(): void {
    if (this.#session.isOver) this.#channel.wake();
  }
}
