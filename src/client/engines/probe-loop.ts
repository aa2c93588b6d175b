// SPDX-License-Identifier: MIT
// The hot loop of a measurement on either engine: send what is due, read what came, settle what is overdue, sleep,
// and spin the last stretch. It allocates nothing for each probe unless somebody listens to records.

import { Distribution } from '../../stats/distribution.ts';
import { Histogram } from '../../stats/histogram.ts';
import type { ProbeChannel, ProbeSink } from '../../socket/probe-channel.ts';
import { STOP } from '../../socket/stop-wish.ts';
import { ClockWatch, type ClockSteps } from '../host/clock-watch.ts';
import type { Session } from '../session/session.ts';

/** The longest sleep; a suspended machine and a stepped clock are noticed between two. */
const LONGEST_SLEEP_NS = 1e9;

/** Probes settled in one turn: some 50 µs of work. */
const SETTLED_PER_TURN = 256;

const CLOCK_LOOK_NS = 1e9;

/**
 * How often `onPause` is called where sleeps are shorter than this. A message to another thread costs
 * the two of them some 80 µs: one for each probe took as much of a processor as the probing.
 */
const PAUSE_NS = 20e6;

export interface ProbeLoopOptions {
  readonly channel: ProbeChannel;
  readonly session: Session;
  /** Told in the session's place, to tell it. */
  readonly sink?: ProbeSink;
  readonly payloadBytes: number;
  /** One cell that says what is asked for, of `STOP`; whoever changes it wakes the channel. */
  readonly wish: Int32Array;
  /** Called at the beginning of each turn but the first, with how late it begins. */
  readonly onTurn?: (lateNs: number, nowNs: number) => void;
  /** Called before a long sleep, and about every 20 ms where there is none. */
  readonly onPause?: (nowNs: number) => void;
}

export class ProbeLoop {
  readonly #channel: ProbeChannel;
  readonly #session: Session;
  readonly #sink: ProbeSink;
  readonly #payloadBytes: number;
  readonly #wish: Int32Array;
  readonly #onTurn: ProbeLoopOptions['onTurn'];
  readonly #onPause: ProbeLoopOptions['onPause'];
  readonly #clocks = new ClockWatch();
  readonly #lateness = new Distribution(new Histogram());
  #pausedAtNs = 0;
  #lookedAtNs = -Infinity;
  /** When the next turn was meant to begin. */
  #dueNs = Infinity;
  #isStopping = false;

  constructor({ channel, session, payloadBytes, wish, ...options }: ProbeLoopOptions) {
    this.#channel = channel;
    this.#session = session;
    this.#sink = options.sink ?? session;
    this.#payloadBytes = payloadBytes;
    this.#wish = wish;
    this.#onTurn = options.onTurn;
    this.#onPause = options.onPause;
  }

  get clockSteps(): ClockSteps {
    return this.#clocks.steps;
  }

  /** How late this thread woke from its sleeps. */
  get lateness(): Distribution<Histogram> {
    return this.#lateness;
  }

  /** Resolves when every probe has been sent and answered, or given up; where the channel blocks, that is at once. */
  async run(): Promise<void> {
    this.#session.setStart(this.#channel.start(this.#sink));
    while (!this.#isToEnd() && this.#turn()) {
      const waiting = this.#wait();
      if (waiting !== undefined) await waiting;
    }
    const draining = this.#channel.drain();
    if (draining !== undefined) await draining;
    this.#session.end(this.#channel.nowNs);
  }

  /** True where the run is to end now. */
  #isToEnd(): boolean {
    const wish = Atomics.load(this.#wish, 0);
    if (wish === STOP.soon && !this.#isStopping) {
      this.#isStopping = true;
      this.#session.stop();
    }
    return wish === STOP.now || wish === STOP.end;
  }

  /** @returns false where all is over */
  #turn(): boolean {
    const nowNs = this.#channel.nowNs;
    this.#onTurn?.(nowNs - this.#dueNs, nowNs);
    // Before all else, which takes microseconds: what came waits with the kernel's time of its coming.
    this.#sendDue();
    if (nowNs - this.#lookedAtNs >= CLOCK_LOOK_NS) {
      this.#lookedAtNs = nowNs;
      this.#clocks.look(nowNs, Date.now() * 1e6);
    }
    // Before anything is given up: what came in time may have waited here for this thread, also where it
    // stalled since it last looked which sockets are ready.
    if (nowNs > (this.#session.nextTimeoutNs ?? Infinity)) this.#channel.look();
    const isDrained = this.#channel.receive();
    if (isDrained) this.#session.sweep(nowNs, SETTLED_PER_TURN);
    return !this.#session.isOver;
  }

  /** Sends what is due, up to one batch. */
  #sendDue(): void {
    const { batch } = this.#channel;
    let entry = 0;
    for (; entry < batch.capacity; entry++) {
      const { nowNs } = this.#channel;
      const port = this.#session.prepare(nowNs, batch.view, batch.startOf(entry));
      if (port === undefined) break;
      batch.payloadBytes[entry] = this.#payloadBytes;
      batch.ports[entry] = port;
      batch.peers[entry] = 0;
      batch.tickets[entry] = this.#session.lastSequence;
    }
    if (entry > 0) this.#channel.send(entry);
  }

  #wait(): void | Promise<void> {
    const { nowNs, spinNs } = this.#channel;
    const sendNs = this.#session.nextSendNs ?? Infinity;
    const timeoutNs = this.#session.nextTimeoutNs ?? Infinity;
    const wakeNs = Math.min(sendNs - spinNs, timeoutNs + 1, nowNs + LONGEST_SLEEP_NS);
    const sleepNs = wakeNs - nowNs;
    if (sleepNs > PAUSE_NS || nowNs - this.#pausedAtNs > PAUSE_NS) {
      this.#pausedAtNs = nowNs;
      this.#onPause?.(nowNs);
    }
    if (sleepNs > 0) {
      this.#dueNs = wakeNs;
      const sleeping = this.#channel.sleepUntil(wakeNs);
      if (sleeping !== undefined) return sleeping.then(this.#wakeUp);
      this.#wakeUp();
      return undefined;
    }
    this.#dueNs = sendNs;
    return this.#channel.spinUntil(sendNs <= timeoutNs ? sendNs : -Infinity);
  }

  readonly #wakeUp = (): void => {
    const lateNs = this.#channel.nowNs - this.#dueNs;
    if (lateNs >= 0) this.#lateness.record(Math.round(lateNs));
  };
}
