// A bad network in this process: a proxy between a client and a reflector that treats each probe on the way
// there, and the first reply to it on the way back, as a plan says, and logs what it did. The log is the
// truth that a result is held to.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { ProbeCodec } from '../../src/wire/probe.ts';
import { ECHO_FRAMING, type Framing } from './framing.ts';
import { viewOf } from './made-session.ts';

/** Offset of src/wire/probe.ts. */
const NONCE_OFFSET = 8;

/** What is done to a datagram in one direction. */
export type Treatment =
  | { readonly kind: 'pass' | 'drop' }
  /** `copies` of it go on. */
  | { readonly kind: 'duplicate'; readonly copies: number }
  /** One bit is changed, counted from the first that the client can check. */
  | { readonly kind: 'corrupt'; readonly bit: number }
  /** It loses its end. */
  | { readonly kind: 'truncate'; readonly keptBytes: number }
  /** It waits until so many later ones have gone past it. */
  | { readonly kind: 'overtaken'; readonly by: number }
  /** It waits until the client has given its probe up. On the way back alone. */
  | { readonly kind: 'late' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** It goes on, and a datagram that answers no probe with it. On the way back of a plain echo alone. */
  | { readonly kind: 'stray'; readonly probe: 'foreign' | 'future' };

export interface ProbePlan {
  readonly forward: Treatment;
  /** Done to the first reply to the probe; further ones pass. */
  readonly backward: Treatment;
}

/** A probe: its source port, and its number among those of that port's counter. */
interface NumberedProbe {
  readonly port: number;
  readonly number: number;
}

interface Probe extends NumberedProbe {
  readonly plan: ProbePlan;
  isAnswered: boolean;
}

/** One datagram that the client got; its number is −1 if it answers no probe that was sent. */
export interface Delivery extends NumberedProbe {
  readonly theirs: number;
  readonly is: 'intact' | 'altered' | 'stray';
  /** True if the client had given the probe up before. */
  readonly isLate: boolean;
  /** How long the proxy kept it. */
  readonly keptMs: number;
}

interface Held {
  readonly by: number;
  readonly release: () => void;
  passed: number;
}

export class ImpairmentProxy implements AsyncDisposable {
  /** What the client sent, in order. */
  readonly sent: NumberedProbe[] = [];
  /** What the reflector got, in order. */
  readonly arrived: NumberedProbe[] = [];
  /** What the client got, in order. */
  readonly deliveries: Delivery[] = [];
  readonly #framing: Framing;
  readonly #plan: (number: number, sourcePort: number) => ProbePlan;
  readonly #reflectorPort: number;
  readonly #front = createSocket('udp4');
  /**
   * One for each source port where the reflector tells them apart. Else one for all: of several that have
   * replies, as after a stall, none tells which came first.
   */
  readonly #backs = new Map<number, Promise<Socket>>();
  /** By the counter's port, or 0, and the key of the protocol. */
  readonly #probes = new Map<string, Probe>();
  readonly #forwardHeld = new Set<Held>();
  readonly #backwardHeld = new Set<Held>();
  readonly #late = new Map<string, () => void>();
  readonly #givenUp = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #clientPort = 0;

  /**
   * @param reflectorPort  of a reflector on 127.0.0.1
   * @param plan  what is done to the probe of that number, of a source port
   */
  static async open(
    reflectorPort: number,
    plan: (number: number, sourcePort: number) => ProbePlan,
    framing = ECHO_FRAMING,
  ): Promise<ImpairmentProxy> {
    const proxy = new ImpairmentProxy(reflectorPort, plan, framing);
    proxy.#front.bind(0, '127.0.0.1');
    await once(proxy.#front, 'listening');
    if (!framing.countsByPort) await proxy.#backOf(0);
    return proxy;
  }

  private constructor(
    reflectorPort: number,
    plan: (number: number, sourcePort: number) => ProbePlan,
    framing: Framing,
  ) {
    this.#framing = framing;
    this.#reflectorPort = reflectorPort;
    this.#plan = plan;
    this.#front.on('message', (payload, from) => {
      void this.#onRequest(payload, from);
    });
  }

  get port(): number {
    return this.#front.address().port;
  }

  /** The client has given a probe up: its late reply may go. */
  giveUp(number: number, sourcePort = 0): void {
    const name = this.#nameOf({ number, port: sourcePort });
    this.#givenUp.add(name);
    this.#late.get(name)?.();
    this.#late.delete(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    const backs = await Promise.all(this.#backs.values());
    await Promise.all([this.#front, ...backs].map(closed));
  }

  async #onRequest(payload: Buffer, { port }: RemoteInfo): Promise<void> {
    const number = this.#framing.requestNumber(payload);
    this.#clientPort = port;
    this.sent.push({ port, number });
    const plan = this.#plan(number, port);
    const by = this.#framing.countsByPort ? port : 0;
    const probe = { port, number, plan, isAnswered: false };
    this.#probes.set(`${by} ${this.#framing.requestKey(payload)}`, probe);
    const back = await this.#backOf(by);
    this.#treat(plan.forward, this.#forwardHeld, () => {
      this.arrived.push({ port, number });
      back.send(this.#altered(payload, plan.forward));
    });
  }

  /** @param by  the source port, or 0 for all */
  #backOf(by: number): Promise<Socket> {
    const open = this.#backs.get(by) ?? this.#openBack(by);
    this.#backs.set(by, open);
    return open;
  }

  async #openBack(by: number): Promise<Socket> {
    const back = createSocket('udp4');
    back.on('message', (payload) => {
      this.#onReply(payload, by);
    });
    back.connect(this.#reflectorPort, '127.0.0.1');
    await once(back, 'connect');
    return back;
  }

  #onReply(payload: Buffer, by: number): void {
    const probe = this.#probes.get(`${by} ${this.#framing.replyKey(payload)}`);
    if (probe === undefined || probe.isAnswered) {
      this.#deliver(payload, payload, probe, 0);
      return;
    }
    probe.isAnswered = true;
    const { backward } = probe.plan;
    const cameAt = performance.now();
    const deliver = (): void => {
      const outcome = this.#altered(payload, backward);
      this.#deliver(payload, outcome, probe, performance.now() - cameAt);
      if (backward.kind === 'stray') this.#deliverStray(payload, backward.probe, probe.port);
    };
    const name = this.#nameOf(probe);
    // It may have been given up while it was at the reflector.
    if (backward.kind === 'late' && !this.#givenUp.has(name)) this.#late.set(name, deliver);
    else this.#treat(backward, this.#backwardHeld, deliver);
  }

  #treat(treatment: Treatment, held: Set<Held>, go: () => void): void {
    switch (treatment.kind) {
      case 'drop':
        return;
      case 'overtaken':
        held.add({ by: treatment.by, release: go, passed: 0 });
        return;
      case 'delay':
        this.#timers.add(setTimeout(go, treatment.delayMs));
        return;
      case 'duplicate':
        for (let copy = 0; copy < treatment.copies; copy++) go();
        break;
      default:
        go();
    }
    letPass(held);
  }

  #altered(payload: Buffer, treatment: Treatment): Buffer {
    if (treatment.kind === 'truncate') return payload.subarray(0, treatment.keptBytes);
    if (treatment.kind !== 'corrupt') return payload;
    const { checkedFrom, checkedTo } = this.#framing;
    const checked = Math.min(checkedTo, payload.length) - checkedFrom;
    const at = checkedFrom + (Math.floor(treatment.bit / 8) % checked);
    const altered = Buffer.from(payload);
    altered[at] = altered[at]! ^ (1 << (treatment.bit % 8));
    return altered;
  }

  #deliver(reply: Buffer, outcome: Buffer, probe: Probe | undefined, keptMs: number): void {
    const { port, number } = probe ?? { port: this.#clientPort, number: -1 };
    const is = probe !== undefined && outcome === reply ? 'intact' : 'altered';
    const isLate = this.#givenUp.has(this.#nameOf({ port, number }));
    const theirs = this.#framing.theirNumber(reply);
    this.deliveries.push({ port, number, theirs, is, isLate, keptMs });
    this.#front.send(outcome, port, '127.0.0.1');
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
    const nobody = { port, number: -1, theirs: NaN, isLate: false, keptMs: 0 };
    this.deliveries.push({ ...nobody, is: 'stray' });
    this.#front.send(stray, port, '127.0.0.1');
  }

  #nameOf({ port, number }: NumberedProbe): string {
    return `${this.#framing.countsByPort ? port : 0} ${number}`;
  }
}

/** One more has gone past those that wait for that. */
function letPass(held: Set<Held>): void {
  for (const one of held) {
    if (++one.passed < one.by) continue;
    held.delete(one);
    one.release();
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
