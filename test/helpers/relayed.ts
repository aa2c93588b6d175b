// Peers on both sides of a relay, each with a log of the datagrams that it got.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import type { TestContext } from 'node:test';
import type { Relay } from '../../src/relay/relay.ts';
import type { RelayDirectionCounters } from '../../src/relay/relay-counters.ts';
import { until } from './deadline.ts';

/** A datagram that a peer got. */
export interface Logged {
  readonly payload: Buffer;
  readonly port: number;
}

/** A peer that logs what it gets, and sends `answers` copies of each datagram back. */
export class LoggingPeer {
  readonly log: Logged[] = [];
  readonly socket: Socket;
  sent = 0;

  static async open(t: TestContext, answers = 0, address = '127.0.0.1'): Promise<LoggingPeer> {
    const socket = createSocket(isIPv4(address) ? 'udp4' : 'udp6');
    const peer = new LoggingPeer(socket, answers);
    socket.bind(0, address);
    await once(socket, 'listening');
    t.after(() => socket.close());
    return peer;
  }

  private constructor(socket: Socket, answers: number) {
    this.socket = socket;
    socket.on('message', (payload, { address, port }) => {
      this.log.push({ payload, port });
      for (let answer = 0; answer < answers; answer++) void this.send(payload, port, address);
    });
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** Resolves when the kernel has taken it. */
  async send(payload: Uint8Array, port: number, address = '127.0.0.1'): Promise<void> {
    this.sent++;
    await new Promise<void>((resolve, reject) => {
      this.socket.send(payload, port, address, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  /** Resolves when it has got that many. */
  async untilLogged(count: number): Promise<void> {
    await until(() => this.log.length >= count, `${count} datagrams to come`);
  }
}

const COPIES = 16;

/** A payload that says its number so often that a flipped bit does not hide it. */
export function numbered(number: number): Buffer {
  const payload = Buffer.alloc(4 * COPIES);
  for (let copy = 0; copy < COPIES; copy++) payload.writeUInt32BE(number, 4 * copy);
  return payload;
}

/** The number that most copies say. */
export function numberOf(payload: Buffer): number {
  const first = payload.readUInt32BE(0);
  return payload.readUInt32BE(4) === first || payload.readUInt32BE(8) === first
    ? first
    : payload.readUInt32BE(4);
}

/** What a log says of datagrams 0 … count − 1, each of which was sent once. */
export interface LogFacts {
  readonly got: number;
  readonly missing: number;
  readonly twice: number;
  /** Datagrams of which a copy, or two, have exactly one bit flipped. */
  readonly flipped: number;
}

export function factsOf(log: readonly Logged[], sent: ReadonlySet<number>): LogFacts {
  const copies = new Map<number, number>();
  const flipped = new Set<number>();
  for (const { payload } of log) {
    const number = numberOf(payload);
    if (!sent.has(number)) throw new Error(`${number} was never sent`);
    copies.set(number, (copies.get(number) ?? 0) + 1);
    const bits = flippedBits(payload, numbered(number));
    if (bits > 1) throw new Error(`${bits} bits of ${number} are flipped`);
    if (bits === 1) flipped.add(number);
  }
  const twice = [...copies.values()].filter((count) => count === 2).length;
  return {
    got: log.length,
    missing: sent.size - copies.size,
    twice,
    flipped: flipped.size,
  };
}

function flippedBits(one: Buffer, other: Buffer): number {
  let bits = 0;
  for (let at = 0; at < one.length; at++) {
    for (let rest = one[at]! ^ other[at]!; rest > 0; rest &= rest - 1) bits++;
  }
  return bits;
}

/** What became of each datagram that one direction got, duplicates among them: equal to `entered` once none is held. */
export function leftOf(counters: RelayDirectionCounters): number {
  const { impaired, refused, sendFailed, forwardedDatagrams } = counters;
  const sum = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  return (
    forwardedDatagrams +
    impaired.lost +
    impaired.blackout +
    impaired.overflowed +
    sum(refused) +
    sum(sendFailed)
  );
}

/** What one direction got, and what it made twice. */
export function enteredOf({ receivedDatagrams, impaired }: RelayDirectionCounters): number {
  return receivedDatagrams + impaired.duplicated;
}

/** Resolves when a direction has got that many, and each of them has left or is counted as what else became of it. */
export async function untilSettled(
  relay: Relay,
  direction: 'forward' | 'backward',
  received: number,
): Promise<RelayDirectionCounters> {
  await until(() => {
    const counters = relay.counters[direction];
    const isAll = counters.receivedDatagrams === received && counters.heldDatagrams === 0;
    return isAll && leftOf(counters) === enteredOf(counters);
  }, `${received} datagrams to settle ${direction}`);
  return relay.counters[direction];
}
