// SPDX-License-Identifier: MIT
// The hot loop of a measurement on either engine: send what is due, read what has arrived, settle what is overdue,
// sleep, and spin for the last stretch. It allocates nothing per probe unless somebody listens to records.

import { START_NS, wallMsAtZero } from '../../time.ts';
import { Distribution } from '../../stats/distribution.ts';
import { Histogram } from '../../stats/histogram.ts';
import type { ProbeChannel, ProbeSink } from '../../socket/probe-channel.ts';
import { STOP } from '../../socket/stop-wish.ts';
import { ClockWatch, type ClockSteps } from '../host/clock-watch.ts';
import type { Session } from '../session/session.ts';

/** The longest sleep; a suspended machine or a stepped clock is noticed between two sleeps. */
const LONGEST_SLEEP_NS = 1e9;

/** Probes settled in one turn: some 50 µs of work. */
const SETTLED_PER_TURN = 256;

const CLOCK_LOOK_NS = 1e9;

/**
 * The time between two calls of `onPause` if sleeps are shorter than this; twice that if no earlier moment has room. A
 * message to another thread costs both threads together some 80 µs: one per probe took as much CPU time as the probing.
 */
const PAUSE_NS = 20e6;

/** Spare time that `onPause` requires: its work takes some 50 µs, and would otherwise make the next probe late. */
const PAUSE_ROOM_NS = 200_000;

export interface ProbeLoopOptions {
  readonly channel: ProbeChannel;
  readonly session: Session;
  /** Receives the channel's events instead of the session, and passes them on. */
  readonly sink?: ProbeSink;
  readonly payloadBytes: number;
  /** One cell with the requested value of `STOP`; the code that changes it wakes the channel. */
  readonly wish: Int32Array;
  /** Called at the beginning of each turn except the first, with how late it begins. */
  readonly onTurn?: (lateNs: number, nowNs: number) => void;
  /** Called before a long sleep, and every 20 to 40 ms if there is none. */
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
  #pausedAtNs = START_NS;
  #lookedAtNs = -Infinity;
  /** When the next turn is meant to begin. */
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

  /**
   * Resolves when every probe has been sent and answered, or given up. If the channel blocks, that is when the call
   * returns.
   */
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

  /** True if the run must end now. */
  #isToEnd(): boolean {
    const wish = Atomics.load(this.#wish, 0);
    if (wish === STOP.soon && !this.#isStopping) {
      this.#isStopping = true;
      this.#session.stop();
    }
    return wish === STOP.now || wish === STOP.end;
  }

  /** @returns false if the run is over */
  #turn(): boolean {
    const nowNs = this.#channel.nowNs;
    this.#onTurn?.(nowNs - this.#dueNs, nowNs);
    // First, because everything else takes microseconds: received datagrams wait with the kernel's time of arrival.
    this.#sendDue();
    if (nowNs - this.#lookedAtNs >= CLOCK_LOOK_NS) {
      this.#lookedAtNs = nowNs;
      this.#clocks.look(wallMsAtZero() * 1e6);
    }
    // Before giving up a probe: a reply that arrived in time may have waited for this thread, even if the thread
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
    const latestPauseNs = sleepNs > PAUSE_ROOM_NS ? PAUSE_NS : 2 * PAUSE_NS;
    if (sleepNs > PAUSE_NS || nowNs - this.#pausedAtNs > latestPauseNs) {
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
