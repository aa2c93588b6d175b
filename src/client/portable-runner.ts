// SPDX-License-Identifier: MIT
// Runs a session from the event loop: timers sleep, setImmediate spins the last stretch.

import { ProbeSocket } from '../socket/portable/probe-socket.ts';
import type { HostAddress } from '../socket/resolve.ts';
import { monotonicNs } from '../time.ts';
import type { Session } from './session.ts';

export interface RunnerOptions {
  readonly peer: HostAddress;
  readonly port: number;
  readonly payloadBytes: number;
  readonly streams: number;
  readonly receiveBufferBytes: number;
  readonly ttl: number | undefined;
  readonly allowBroadcast: boolean;
}

/** What a run's host lost of its own. `null` where the system can't tell. */
export interface RunnerDrops {
  readonly receiveBuffer: number | null;
}

/** Node's timers may fire a millisecond early or late (libuv#4773): the rest is spun. */
const SPIN_NS = 2_000_000;

/** The longest sleep; a suspended machine and a stepped clock are noticed between two. */
const LONGEST_SLEEP_MS = 1000;

export class PortableRunner implements AsyncDisposable {
  readonly localPorts: readonly number[];
  readonly #session: Session;
  readonly #sockets: readonly ProbeSocket[];
  readonly #startedAtNs: number;
  readonly #payloadBytes: number;
  #finish: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  /** @throws the system's error in Node's shape where no socket can be opened or connected */
  static async open(options: RunnerOptions, session: Session): Promise<PortableRunner> {
    const sockets: ProbeSocket[] = [];
    const clock = { startedAtNs: 0 };
    const handlers = {
      onDatagram: (payload: Buffer, receivedAtNs: number): void => {
        const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
        session.receive(view, receivedAtNs - clock.startedAtNs);
      },
      onError: (systemCode: string): void => {
        session.receiveRefusal(systemCode, monotonicNs() - clock.startedAtNs);
      },
    };
    try {
      for (let stream = 0; stream < options.streams; stream++) {
        const { peer, port, receiveBufferBytes } = options;
        const socket = await ProbeSocket.open(peer, port, receiveBufferBytes, handlers);
        sockets.push(socket);
        if (options.ttl !== undefined) socket.setTtl(options.ttl);
        if (options.allowBroadcast) socket.setBroadcast(true);
      }
    } catch (error) {
      await Promise.all(sockets.map((socket) => socket.close()));
      throw error;
    }
    clock.startedAtNs = monotonicNs();
    return new PortableRunner(session, sockets, clock.startedAtNs, options.payloadBytes);
  }

  private constructor(
    session: Session,
    sockets: readonly ProbeSocket[],
    startedAtNs: number,
    payloadBytes: number,
  ) {
    this.#session = session;
    this.#sockets = sockets;
    this.#startedAtNs = startedAtNs;
    this.#payloadBytes = payloadBytes;
    this.localPorts = sockets.map(({ localPort }) => localPort);
  }

  /** Nanoseconds since the session's start. */
  get nowNs(): number {
    return monotonicNs() - this.#startedAtNs;
  }

  /** Resolves when every probe has been sent and answered, or given up. */
  run(): Promise<void> {
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#turn();
    });
  }

  /** Makes a change of the session's end, such as `stop`, take effect now. */
  wake(): void {
    this.#cancelTurn();
    this.#turn();
  }

  drops(): RunnerDrops {
    const drops = this.#sockets.map((socket) => socket.kernelDrops());
    const known = drops.filter((count) => count !== null);
    const receiveBuffer = known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0);
    return { receiveBuffer };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancelTurn();
    this.#finish = undefined;
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }

  readonly #turn = (): void => {
    if (this.#finish === undefined) return;
    this.#sendDue();
    this.#session.sweep(this.nowNs);
    const { nextSendNs, nextTimeoutNs } = this.#session;
    if (nextSendNs === undefined && nextTimeoutNs === undefined) {
      this.#finish();
      this.#finish = undefined;
      return;
    }
    this.#sleep(nextSendNs, nextTimeoutNs);
  };

  #sendDue(): void {
    for (;;) {
      // A buffer of its own for each probe: libuv may keep it where the kernel's is full.
      const payload = Buffer.allocUnsafe(this.#payloadBytes);
      const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
      const stream = this.#session.prepare(this.nowNs, view);
      if (stream === undefined) return;
      const sequence = this.#session.lastSequence;
      this.#sockets[stream]!.send(payload, (systemCode) => {
        this.#session.failSend(sequence, systemCode, this.nowNs);
      });
    }
  }

  #sleep(nextSendNs = Infinity, nextTimeoutNs = Infinity): void {
    const untilSendNs = nextSendNs - this.nowNs;
    if (untilSendNs <= SPIN_NS) {
      this.#immediate = setImmediate(this.#turn);
      return;
    }
    const sleepNs = Math.min(untilSendNs - SPIN_NS, nextTimeoutNs - this.nowNs + 1e6);
    const sleepMs = Math.min(LONGEST_SLEEP_MS, Math.max(1, Math.floor(sleepNs / 1e6)));
    this.#timer = setTimeout(this.#turn, sleepMs);
  }

  #cancelTurn(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }
}
