// A bad network in this process between a client and a reflector: it treats each probe on the way there,
// and the first reply to it on the way back, as a plan says, and logs what it did in each direction.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** What is done to a datagram in one direction. */
export type DirectionTreatment =
  | { readonly kind: 'pass' | 'drop' }
  | { readonly kind: 'duplicate'; readonly copies: number }
  /** It waits until so many later ones have gone past it. */
  | { readonly kind: 'overtaken'; readonly by: number }
  /** One bit is changed, in a part that a client can check. On the way back alone. */
  | { readonly kind: 'corrupt'; readonly bit: number }
  /** It waits until the client has given its probe up. On the way back alone. */
  | { readonly kind: 'late' };

export interface DirectionPlan {
  readonly forward: DirectionTreatment;
  readonly backward: DirectionTreatment;
}

/** Where a protocol has its numbers, in octets from the start of a packet. */
export interface Framing {
  readonly requestNumber: number;
  /** The request's number in a reply. */
  readonly answeredNumber: number;
  readonly theirNumber: number;
  /** Octets of a reply that were the client's, so that it knows when they were changed. */
  readonly checkedFrom: number;
  readonly checkedTo: number;
  /** True where the reflector counts for each source port by itself. */
  readonly countsByPort: boolean;
}

export const STAMP_FRAMING: Framing = {
  requestNumber: 0,
  answeredNumber: 24,
  theirNumber: 0,
  // The copied time of sending, less the octet whose lowest bits are parts of a nanosecond.
  checkedFrom: 28,
  checkedTo: 35,
  countsByPort: true,
};

export const UDP_ECHO_PLUS_FRAMING: Framing = {
  requestNumber: 0,
  answeredNumber: 0,
  theirNumber: 4,
  checkedFrom: 24,
  checkedTo: 68,
  countsByPort: false,
};

/** A probe: its source port, and its number among those of that port's counter. */
interface Probe {
  readonly port: number;
  readonly number: number;
}

/** One reply that the client got. */
export interface DeliveredReply extends Probe {
  /** The reflector's number. */
  readonly theirs: number;
  readonly isAltered: boolean;
}

interface Held {
  readonly by: number;
  readonly release: () => void;
  passed: number;
}

export class DirectionProxy implements AsyncDisposable {
  /** What the client sent, in order. */
  readonly sent: Probe[] = [];
  /** What the reflector got, in order. */
  readonly arrived: Probe[] = [];
  /** What the client got, in order. */
  readonly delivered: DeliveredReply[] = [];
  readonly #framing: Framing;
  readonly #plan: (number: number, port: number) => DirectionPlan;
  readonly #reflectorPort: number;
  readonly #front = createSocket('udp4');
  /**
   * One for each source port where the reflector tells them apart. Else one for all: of several that have
   * replies, as after a stall, none tells which came first.
   */
  readonly #backs = new Map<number, Promise<Socket>>();
  /** The source port of each number, where a number is of one port alone. */
  readonly #portOf = new Map<number, number>();
  readonly #forwardHeld = new Set<Held>();
  readonly #backwardHeld = new Set<Held>();
  readonly #late = new Map<string, () => void>();
  readonly #givenUp = new Set<string>();
  readonly #answered = new Set<string>();

  /** @param plan  what is done to the probe of that number of a source port */
  static async open(
    framing: Framing,
    reflectorPort: number,
    plan: (number: number, port: number) => DirectionPlan,
  ): Promise<DirectionProxy> {
    const proxy = new DirectionProxy(framing, reflectorPort, plan);
    proxy.#front.bind(0, '127.0.0.1');
    await once(proxy.#front, 'listening');
    return proxy;
  }

  private constructor(
    framing: Framing,
    reflectorPort: number,
    plan: (number: number, port: number) => DirectionPlan,
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
  giveUp(port: number, number: number): void {
    const key = `${port} ${number}`;
    this.#givenUp.add(key);
    this.#late.get(key)?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const backs = await Promise.all(this.#backs.values());
    await Promise.all(
      [this.#front, ...backs].map(async (socket) => {
        const closed = once(socket, 'close');
        socket.close();
        await closed;
      }),
    );
  }

  async #onRequest(payload: Buffer, { port }: RemoteInfo): Promise<void> {
    const probe = { port, number: payload.readUInt32BE(this.#framing.requestNumber) };
    this.sent.push(probe);
    const { forward } = this.#plan(probe.number, port);
    this.#portOf.set(probe.number, port);
    const by = this.#framing.countsByPort ? port : 0;
    if (!this.#backs.has(by)) this.#backs.set(by, this.#openBack(by));
    const back = await this.#backs.get(by)!;
    const forwardIt = (): void => {
      this.arrived.push(probe);
      back.send(payload);
    };
    treat(forward, this.#forwardHeld, forwardIt);
  }

  /** @param by  the source port, or 0 for all */
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
    const number = payload.readUInt32BE(this.#framing.answeredNumber);
    const port = this.#framing.countsByPort ? by : this.#portOf.get(number)!;
    const key = `${port} ${number}`;
    const isFirst = !this.#answered.has(key);
    this.#answered.add(key);
    const { backward } = isFirst
      ? this.#plan(number, port)
      : { backward: { kind: 'pass' } as const };
    const theirs = payload.readUInt32BE(this.#framing.theirNumber);
    const deliver = (): void => {
      const isAltered = backward.kind === 'corrupt';
      this.delivered.push({ port, number, theirs, isAltered });
      this.#front.send(
        isAltered ? this.#altered(payload, backward.bit) : payload,
        port,
        '127.0.0.1',
      );
    };
    if (backward.kind === 'late' && !this.#givenUp.has(key)) this.#late.set(key, deliver);
    else treat(backward, this.#backwardHeld, deliver);
  }

  #altered(payload: Buffer, bit: number): Buffer {
    const { checkedFrom, checkedTo } = this.#framing;
    const at = checkedFrom + (Math.floor(bit / 8) % (checkedTo - checkedFrom));
    const altered = Buffer.from(payload);
    altered[at] = altered[at]! ^ (1 << (bit % 8));
    return altered;
  }
}

function treat(treatment: DirectionTreatment, held: Set<Held>, go: () => void): void {
  switch (treatment.kind) {
    case 'drop':
      return;
    case 'overtaken':
      held.add({ by: treatment.by, release: go, passed: 0 });
      return;
    case 'duplicate':
      for (let copy = 0; copy < treatment.copies; copy++) go();
      break;
    default:
      go();
  }
  for (const one of held) {
    if (++one.passed < one.by) continue;
    held.delete(one);
    one.release();
  }
}
