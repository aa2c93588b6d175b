// SPDX-License-Identifier: MIT
// Runs a session from the event loop: timers sleep, setImmediate spins the last stretch.

import { createError, systemCodeOf } from '../../errors.ts';
import { LASTING_FAILURES } from '../../socket/portable/lasting-failures.ts';
import type { SocketAddress } from '../../socket/ip-address.ts';
import { UNKNOWN_NS } from '../../socket/probe-channel.ts';
import { ProbeSocket } from '../../socket/portable/probe-socket.ts';
import { monotonicNs } from '../../time.ts';
import { ClockWatch } from '../host/clock-watch.ts';
import type { RunOutcome, Runner, RunnerOptions } from './runner.ts';
import { RuntimeWatch } from '../host/runtime-watch.ts';
import type { InterimResult } from '../session/interim-result.ts';
import { Session } from '../session/session.ts';
import { wallTimeAt } from '../host/wall-time.ts';

/** Node's timers may fire a millisecond early or late (libuv#4773): the rest is spun. */
const SPIN_NS = 2_000_000;

/** The longest sleep; a suspended machine and a stepped clock are noticed between two. */
const LONGEST_SLEEP_MS = 1000;

/**
 * Probes sent in one turn, as many as libuv reads replies in one. Where more are due than can be sent, some
 * always are, and without an end to it nothing would be heard until the last slot.
 */
const PROBES_PER_TURN = 32;

/**
 * Turns of the event loop, at most, in which the sockets are read before a run ends. libuv takes 32
 * datagrams a turn, and a receive buffer holds some 5,000.
 */
const LAST_LOOKS = 256;

const NOTHING_QUOTED = new DataView(new ArrayBuffer(0));

export class PortableRunner implements Runner {
  readonly engine = 'portable';
  readonly #session: Session;
  readonly #options: RunnerOptions;
  readonly #sockets: ProbeSocket[] = [];
  readonly #clocks = new ClockWatch();
  #startedAtNs = 0;
  #finish: (() => void) | undefined;
  #fail: ((error: Error) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  /** True where something came since it was last made false. */
  #hasHeard = false;
  #isEnding = false;
  #lastLooks = 0;

  /** @throws the system's error in Node's shape where no socket can be opened or connected */
  static async open(options: RunnerOptions): Promise<PortableRunner> {
    const runner = new PortableRunner(options);
    try {
      for (let stream = 0; stream < options.plan.streams; stream++)
        await runner.#openSocket(stream);
    } catch (error) {
      await runner[Symbol.asyncDispose]();
      throw error;
    }
    return runner;
  }

  private constructor(options: RunnerOptions) {
    this.#options = options;
    this.#session = new Session(options.plan, options.onRecord);
  }

  get localPorts(): readonly number[] {
    return this.#sockets.map(({ localPort }) => localPort);
  }

  async run(): Promise<RunOutcome> {
    using runtime = new RuntimeWatch((delayNs) => {
      this.#session.heldUp(delayNs, this.#nowNs);
    });
    await this.#runToEnd();
    // Before the session is summed up: it may tell it of one more delay.
    const reading = runtime.read();
    return {
      durationNs: Math.round(this.#nowNs),
      statistics: this.#session.summary(this.localPorts),
      stamps: { send: 'user', receive: 'user' },
      kernelDrops: this.#drops(),
      runtime: { ...reading, clockSteps: this.#clocks.steps },
    };
  }

  stop(): void {
    this.#session.stop();
    this.#wake();
  }

  end(): void {
    this.#session.stop();
    if (this.#finish === undefined || this.#isEnding) return;
    this.#cancelTurn();
    this.#isEnding = true;
    this.#lookAgain();
  }

  interim(): Promise<InterimResult | null> {
    const isRunning = this.#finish !== undefined;
    return Promise.resolve(isRunning ? this.#session.interim(this.#nowNs) : null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancelTurn();
    this.#finish = undefined;
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }

  /** A connected socket hears of nobody else. */
  get #asked(): SocketAddress {
    const { peer, port } = this.#options.socket;
    return { address: peer.address, port };
  }

  /** Nanoseconds since the run began. */
  get #nowNs(): number {
    return monotonicNs() - this.#startedAtNs;
  }

  #runToEnd(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
      // Not before: whatever the caller did since the sockets are open would make the first slots late.
      this.#startedAtNs = monotonicNs();
      this.#session.setStart(wallTimeAt(this.#startedAtNs));
      this.#turn();
    });
  }

  /**
   * Makes a change of the session's end, such as `stop`, take effect soon: not at once, as a listener to
   * records may stop the session in the middle of a turn.
   */
  #wake(): void {
    if (this.#isEnding) return;
    this.#cancelTurn();
    this.#immediate = setImmediate(this.#turn);
  }

  #drops(): number | null {
    const drops = this.#sockets.map((socket) => socket.kernelDrops());
    const known = drops.filter((count) => count !== null);
    return known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0);
  }

  async #openSocket(stream: number): Promise<void> {
    const socket = await ProbeSocket.open(this.#options.socket, {
      onDatagram: (payload, receivedAtNs) => {
        this.#session.receive({
          view: new DataView(payload.buffer, payload.byteOffset, payload.length),
          start: 0,
          payloadBytes: payload.length,
          port: stream,
          peer: 0,
          receivedNs: receivedAtNs - this.#startedAtNs,
          kernelReceivedNs: UNKNOWN_NS,
          sender: () => this.#asked,
        });
        this.#hear();
      },
      onError: (systemCode) => {
        if (LASTING_FAILURES.has(systemCode)) {
          this.#giveUp(systemCode);
          return;
        }
        this.#receiveRefusal(systemCode, stream);
        this.#hear();
      },
    });
    this.#sockets.push(socket);
  }

  /** The call itself is refused: no probe is to blame, and none will be heard of. */
  #giveUp(systemCode: string): void {
    const reason = `the system refuses to receive (${systemCode})`;
    this.#fail?.(createError('ECHOGRAM_ERR_ENGINE', { engine: 'portable', reason }));
    this.#finish = undefined;
    this.#cancelTurn();
  }

  /**
   * node:dgram tells neither which probe an ICMP error is about nor who sent it. They come about in the
   * order of the probes, so the oldest that still waits is taken for the one.
   *
   * @param before  the probe that was about to be sent, which it can't be about
   */
  #receiveRefusal(systemCode: string, stream: number, before = Infinity): void {
    this.#session.receiveIcmp({
      systemCode,
      from: null,
      icmpType: null,
      icmpCode: null,
      port: stream,
      receivedNs: this.#nowNs,
      view: NOTHING_QUOTED,
      start: 0,
      quotedBytes: 0,
      beforeTicket: before,
    });
  }

  /** The reply that everything waited for ends the run now, not when its timeout would have. */
  #hear(): void {
    this.#hasHeard = true;
    if (this.#session.nextSendNs === undefined) this.#wake();
  }

  readonly #turn = (): void => {
    if (this.#finish === undefined) return;
    this.#clocks.look(monotonicNs(), Date.now() * 1e6);
    // Before the sending: the system's refusals of this turn's probes come after it.
    this.#session.sweep(this.#nowNs);
    this.#sendDue();
    this.#cancelTurn();
    const { nextSendNs, nextTimeoutNs } = this.#session;
    if (nextSendNs !== undefined || nextTimeoutNs !== undefined) {
      this.#sleep(nextSendNs, nextTimeoutNs);
      return;
    }
    this.#isEnding = true;
    this.#lookAgain();
  };

  /** The event loop runs timers before it reads sockets: where it was late, replies wait there still. */
  #lookAgain(): void {
    this.#hasHeard = false;
    this.#lastLooks++;
    this.#immediate = setImmediate(() => {
      if (this.#hasHeard && this.#lastLooks < LAST_LOOKS) {
        this.#lookAgain();
        return;
      }
      this.#session.end(this.#nowNs);
      this.#finish?.();
      this.#finish = undefined;
    });
  }

  #sendDue(): void {
    for (let probe = 0; probe < PROBES_PER_TURN; probe++) {
      // A buffer of its own for each probe: libuv may keep it where the kernel's is full.
      const payload = Buffer.allocUnsafe(this.#options.plan.payloadBytes);
      const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
      const stream = this.#session.prepare(this.#nowNs, view);
      if (stream === undefined) return;
      this.#send(stream, payload, this.#session.lastSequence);
    }
  }

  #send(stream: number, payload: Buffer, sequence: number): void {
    this.#sockets[stream]!.send(payload, {
      onEarlierError: (error) => {
        this.#receiveRefusal(systemCodeOf(error), stream, sequence);
      },
      onDone: (error) => {
        if (error === null) return;
        this.#session.failSend(sequence, systemCodeOf(error), this.#nowNs);
        if (this.#session.nextSendNs === undefined) this.#wake();
      },
    });
  }

  #sleep(nextSendNs = Infinity, nextTimeoutNs = Infinity): void {
    const untilSendNs = nextSendNs - this.#nowNs;
    if (untilSendNs <= SPIN_NS) {
      this.#immediate = setImmediate(this.#turn);
      return;
    }
    const sleepNs = Math.min(untilSendNs - SPIN_NS, nextTimeoutNs - this.#nowNs + 1e6);
    const sleepMs = Math.min(LONGEST_SLEEP_MS, Math.max(1, Math.floor(sleepNs / 1e6)));
    this.#timer = setTimeout(this.#turn, sleepMs);
  }

  #cancelTurn(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }
}
