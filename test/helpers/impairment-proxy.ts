// A bad network in this process: a proxy between a client and an echo that does to each probe what a
// plan says, and logs what it did. The log is the truth that a result is held to.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { ProbeCodec } from '../../src/wire/probe.ts';
import { viewOf } from './made-session.ts';

/** What is done to a datagram in one direction. */
export type Treatment =
  | { readonly kind: 'pass' | 'drop' }
  /** `copies` of it go on. */
  | { readonly kind: 'duplicate'; readonly copies: number }
  /** One bit is changed, counted from the first. */
  | { readonly kind: 'corrupt'; readonly bit: number }
  /** It loses its end. */
  | { readonly kind: 'truncate'; readonly keptBytes: number }
  /** It waits until so many later ones have gone past it. */
  | { readonly kind: 'overtaken'; readonly by: number }
  /** It waits until the client has given its probe up. */
  | { readonly kind: 'late' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** It goes on, and a datagram that answers no probe with it. */
  | { readonly kind: 'stray'; readonly probe: 'foreign' | 'future' };

export interface ProbePlan {
  readonly forward: Treatment;
  /** Done to the first echo of the probe; copies of it pass. */
  readonly backward: Treatment;
}

/** One datagram that the client got. */
export interface Delivery {
  readonly sequence: number;
  readonly is: 'intact' | 'altered' | 'stray';
  /** True where the client had given the probe up before. */
  readonly isLate: boolean;
  /** How long the proxy kept it. */
  readonly keptMs: number;
}

interface Held {
  readonly payload: Buffer;
  readonly probe: Probe;
  readonly treatment: Treatment;
  readonly heldAt: number;
  passedBy: number;
}

/** A probe of the client's. */
interface Probe {
  readonly sequence: number;
  readonly port: number;
  readonly plan: ProbePlan;
  isEchoed: boolean;
}

/** Offsets of src/wire/probe.ts. */
const NONCE_OFFSET = 8;
const SEQUENCE_OFFSET = 16;

export class ImpairmentProxy implements AsyncDisposable {
  /** The sequence number of each probe that the client sent, in order. */
  readonly sent: number[] = [];
  /** What the client got, in order. */
  readonly deliveries: Delivery[] = [];
  readonly #plan: (sequence: number, sourcePort: number) => ProbePlan;
  readonly #front = createSocket('udp4');
  readonly #back = createSocket('udp4');
  /** By the payload, so that an altered one is nobody's. */
  readonly #probes = new Map<string, Probe>();
  readonly #givenUp = new Set<number>();
  readonly #held = new Set<Held>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #clientPort = 0;

  /**
   * @param echoPort  of an echo on 127.0.0.1
   * @param plan      what is done to each probe
   */
  static async open(
    echoPort: number,
    plan: (sequence: number, sourcePort: number) => ProbePlan,
  ): Promise<ImpairmentProxy> {
    const proxy = new ImpairmentProxy(plan);
    proxy.#front.bind(0, '127.0.0.1');
    await once(proxy.#front, 'listening');
    proxy.#back.connect(echoPort, '127.0.0.1');
    await once(proxy.#back, 'connect');
    return proxy;
  }

  private constructor(plan: (sequence: number, sourcePort: number) => ProbePlan) {
    this.#plan = plan;
    this.#front.on('message', this.#onProbe);
    this.#back.on('message', this.#onEcho);
  }

  get port(): number {
    return this.#front.address().port;
  }

  /** The client has given a probe up: its late reply may go. */
  giveUp(sequence: number): void {
    this.#givenUp.add(sequence);
    for (const held of this.#held) {
      const isWaiting = held.treatment.kind === 'late' && held.probe.sequence === sequence;
      if (isWaiting) this.#release(held);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all([this.#front, this.#back].map(closed));
  }

  readonly #onProbe = (payload: Buffer, { port }: RemoteInfo): void => {
    const sequence = Number(payload.readBigUInt64BE(SEQUENCE_OFFSET));
    const plan = this.#plan(sequence, port);
    this.sent.push(sequence);
    this.#clientPort = port;
    this.#probes.set(payload.toString('latin1'), { sequence, port, plan, isEchoed: false });
    for (const outcome of treated(payload, plan.forward)) this.#back.send(outcome);
  };

  readonly #onEcho = (payload: Buffer): void => {
    const probe = this.#probes.get(payload.toString('latin1'));
    if (probe === undefined || probe.isEchoed) {
      this.#deliver(payload, probe);
      return;
    }
    probe.isEchoed = true;
    const treatment = probe.plan.backward;
    const held: Held = { payload, probe, treatment, heldAt: performance.now(), passedBy: 0 };
    if (treatment.kind === 'overtaken' || treatment.kind === 'late') {
      this.#held.add(held);
      // It may have been given up while it was at the echo.
      if (treatment.kind === 'late' && this.#givenUp.has(probe.sequence)) this.#release(held);
    } else if (treatment.kind === 'delay') {
      this.#timers.add(
        setTimeout(() => {
          this.#release(held);
        }, treatment.delayMs),
      );
    } else {
      for (const outcome of treated(payload, treatment)) this.#deliver(outcome, probe);
      if (treatment.kind === 'stray') this.#deliverStray(payload, treatment.probe, probe.port);
      this.#letPass();
    }
  };

  /** One more has gone past those that wait for that. */
  #letPass(): void {
    for (const held of this.#held) {
      const { treatment } = held;
      if (treatment.kind === 'overtaken' && ++held.passedBy >= treatment.by) this.#release(held);
    }
  }

  #release(held: Held): void {
    this.#held.delete(held);
    this.#deliver(held.payload, held.probe, performance.now() - held.heldAt);
  }

  #deliver(payload: Buffer, probe: Probe | undefined, keptMs = 0): void {
    const isIntact = this.#probes.has(payload.toString('latin1'));
    const sequence = probe?.sequence ?? -1;
    const isLate = this.#givenUp.has(sequence);
    this.deliveries.push({ sequence, is: isIntact ? 'intact' : 'altered', isLate, keptMs });
    this.#front.send(payload, probe?.port ?? this.#clientPort, '127.0.0.1');
  }

  #deliverStray(payload: Buffer, kind: 'foreign' | 'future', port: number): void {
    const nonceLow = payload.readUInt32BE(NONCE_OFFSET + 4);
    const nonce = [
      payload.readUInt32BE(NONCE_OFFSET),
      kind === 'foreign' ? nonceLow ^ 1 : nonceLow,
    ] as const;
    const stray = Buffer.alloc(payload.length);
    const fields = { stream: 0, sequence: 2 ** 40, intendedAtNs: 0, sentAtNs: 0 };
    new ProbeCodec(nonce, payload.length).encode(viewOf(stray), fields);
    this.deliveries.push({ sequence: -1, is: 'stray', isLate: false, keptMs: 0 });
    this.#front.send(stray, port, '127.0.0.1');
  }
}

/** What goes on of a datagram. */
function treated(payload: Buffer, treatment: Treatment): readonly Buffer[] {
  switch (treatment.kind) {
    case 'drop':
      return [];
    case 'duplicate':
      return Array.from({ length: treatment.copies }, () => payload);
    case 'corrupt': {
      const altered = Buffer.from(payload);
      const at = Math.floor(treatment.bit / 8) % altered.length;
      altered[at] = altered[at]! ^ (1 << (treatment.bit % 8));
      return [altered];
    }
    case 'truncate':
      return [payload.subarray(0, treatment.keptBytes)];
    default:
      return [payload];
  }
}

/** An echo on 127.0.0.1, in this process. */
export class PlainEcho implements AsyncDisposable {
  readonly #socket: Socket;

  static async open(): Promise<PlainEcho> {
    const socket = createSocket('udp4');
    socket.on('message', (payload, { port, address }) => {
      socket.send(payload, port, address);
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new PlainEcho(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closed(this.#socket);
  }
}

async function closed(socket: Socket): Promise<void> {
  const closing = once(socket, 'close');
  socket.close();
  await closing;
}
