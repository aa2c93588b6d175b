// SPDX-License-Identifier: MIT
// Runs a session on the event loop of the thread that asks for it.

import type { Arrival, IcmpArrival, ProbeChannel, ProbeSink } from '../../socket/probe-channel.ts';
import { PortableProbeChannel } from '../../socket/portable/portable-probe-channel.ts';
import { STOP } from '../../socket/stop-wish.ts';
import { RuntimeWatch } from '../host/runtime-watch.ts';
import type { InterimResult } from '../session/interim-result.ts';
import { Session } from '../session/session.ts';
import { AddressTeller } from './address-teller.ts';
import { ProbeLoop } from './probe-loop.ts';
import {
  channelOptions,
  type RunOutcome,
  type ProbeEngine,
  type ProbeEngineOptions,
} from './probe-engine.ts';

export class PortableProbeEngine implements ProbeEngine {
  readonly engine = 'portable';
  readonly localPorts: readonly number[];
  readonly #channel: PortableProbeChannel;
  readonly #session: Session;
  readonly #addresses: AddressTeller;
  readonly #loop: ProbeLoop;
  readonly #wish = new Int32Array(1);
  #isRunning = false;

  /** @throws the system's error in Node's shape where no socket can be opened or connected */
  static async open(options: ProbeEngineOptions): Promise<PortableProbeEngine> {
    return new PortableProbeEngine(
      options,
      await PortableProbeChannel.open(channelOptions(options)),
    );
  }

  private constructor({ plan, onRecord }: ProbeEngineOptions, channel: PortableProbeChannel) {
    this.localPorts = channel.localPorts;
    this.#channel = channel;
    this.#session = new Session(plan, onRecord);
    this.#addresses = new AddressTeller(channel, this.#session);
    this.#loop = new ProbeLoop({
      channel,
      session: this.#session,
      sink: new EndNotice(this.#session, channel),
      payloadBytes: plan.payloadBytes,
      wish: this.#wish,
      onPause: () => {
        this.#addresses.look();
      },
    });
  }

  async run(): Promise<RunOutcome> {
    using runtime = new RuntimeWatch((delayNs) => {
      this.#session.stalled(delayNs, this.#channel.nowNs);
    });
    this.#isRunning = true;
    await this.#loop.run();
    this.#isRunning = false;
    // Before the session is summed up: it may tell it of one more delay.
    const reading = runtime.read();
    return {
      durationNs: Math.round(this.#channel.nowNs),
      statistics: this.#session.summary(this.localPorts),
      stamps: { send: 'user', receive: 'user' },
      elsewhere: null,
      addressChanges: [...this.#addresses.changes],
      kernelDrops: this.#channel.takeDrops(),
      runtime: { ...reading, clockSteps: this.#loop.clockSteps },
    };
  }

  stop(): void {
    this.#ask(STOP.soon);
  }

  end(): void {
    this.#ask(STOP.end);
  }

  interim(): Promise<InterimResult | null> {
    return Promise.resolve(this.#isRunning ? this.#session.interim(this.#channel.nowNs) : null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel[Symbol.asyncDispose]();
  }

  #ask(wish: number): void {
    this.#wish[0] = wish;
    this.#channel.wake();
  }
}

/** Ends the sleep with the reply that everything waited for, which is before its timeout would. */
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
