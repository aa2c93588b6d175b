// A probe channel without a socket: a clock that is moved by hand, and a network that decides from a seed what
// becomes of each probe. Two runs of one seed are the same run, however often the loop asks or waits.

import assert from 'node:assert/strict';
import {
  STRANGER,
  UNKNOWN_NS,
  type Arrival,
  type IcmpArrival,
  type ProbeBatch,
  type ProbeChannel,
  type ProbeSink,
} from '../../src/socket/probe-channel.ts';
import { mix } from '../../src/random.ts';
import type { WallTime } from '../../src/wire/timestamp.ts';
import { viewOf } from './made-session.ts';
import type { SimulatedPath } from './simulated-path.ts';

const CAPACITY = 32;

/** What the wall clock shows at each start. */
export const RUN_START: Readonly<WallTime> = { seconds: 1_700_000_000, nanoseconds: 148_456_789 };

/** A thread wakes up to so much late. */
const LATEST_WAKE_NS = 60_000;

/** What comes to the channel, and when. */
export type SimulatedEvent = { readonly atNs: number } & (
  | {
      readonly kind: 'datagram';
      readonly bytes: Uint8Array;
      readonly port: number;
      readonly isStranger?: boolean;
      /** When the kernel says it came; NaN if it doesn't say. */
      readonly kernelNs: number;
    }
  | {
      readonly kind: 'icmp';
      readonly error: Pick<IcmpArrival, 'systemCode' | 'from' | 'icmpType' | 'icmpCode'>;
      readonly port: number;
      readonly quoted: Uint8Array;
      readonly beforeTicket: number;
    }
  | { readonly kind: 'stamp'; readonly ticket: number; readonly kernelNs: number }
  | { readonly kind: 'failure'; readonly ticket: number; readonly systemCode: string }
  | { readonly kind: 'drop' }
);

/** A stretch in which the whole host stands still. */
export interface Stall {
  readonly fromNs: number;
  readonly untilNs: number;
}

export interface SimulatedHost {
  readonly ports: number;
  readonly payloadBytes: number;
  /** With the kernel's timestamps; without them a send that failed is told of later, as by node:dgram. */
  readonly hasStamps: boolean;
  readonly stalls: readonly Stall[];
}

class SimulatedBatch implements ProbeBatch {
  readonly capacity = CAPACITY;
  readonly view: DataView;
  readonly payloadBytes = new Uint32Array(CAPACITY);
  readonly ports = new Uint32Array(CAPACITY);
  readonly peers = new Uint32Array(CAPACITY);
  readonly tickets = new Float64Array(CAPACITY);
  readonly #mostBytes: number;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
    this.view = new DataView(new ArrayBuffer(CAPACITY * mostBytes));
  }

  startOf(entry: number): number {
    return entry * this.#mostBytes;
  }
}

export class SimulatedChannel implements ProbeChannel {
  readonly localPorts: readonly number[];
  readonly hasStamps: boolean;
  readonly batch: ProbeBatch;
  readonly spinNs = 0;
  nowNs = 0;
  readonly #path: SimulatedPath;
  readonly #stalls: readonly Stall[];
  readonly #events: SimulatedEvent[] = [];
  #sink: ProbeSink | undefined;
  #drops = 0;

  constructor({ ports, payloadBytes, hasStamps, stalls }: SimulatedHost, path: SimulatedPath) {
    this.localPorts = Array.from({ length: ports }, (_, index) => 50_000 + index);
    this.hasStamps = hasStamps;
    this.batch = new SimulatedBatch(payloadBytes);
    this.#path = path;
    this.#stalls = stalls;
  }

  start(sink: ProbeSink): typeof RUN_START {
    this.#sink = sink;
    return RUN_START;
  }

  addPeer(): number {
    return 0;
  }

  send(entries: number): void {
    const { batch } = this;
    for (let entry = 0; entry < entries; entry++) {
      const start = batch.startOf(entry);
      const bytes = new Uint8Array(batch.view.buffer, start, batch.payloadBytes[entry]);
      const sent = {
        bytes: bytes.slice(),
        port: batch.ports[entry]!,
        ticket: batch.tickets[entry]!,
        atNs: this.nowNs,
      };
      for (const event of this.#path.eventsOf(sent)) this.#schedule(event);
    }
    // At once: what failed in the call itself.
    if (this.hasStamps) this.#deliver(({ kind }) => kind === 'failure');
  }

  receive(): boolean {
    this.#deliver(() => true);
    return true;
  }

  look(): void {
    // `receive` takes whatever came.
  }

  drain(): void {
    this.receive();
  }

  spinUntil(untilNs: number): void {
    this.sleepUntil(untilNs);
  }

  sleepUntil(untilNs: number): void {
    const wakeNs = Math.min(untilNs, this.#events[0]?.atNs ?? Infinity);
    assert.ok(wakeNs < Infinity, 'it would wait for ever');
    this.nowNs = Math.max(this.nowNs, this.#outOfStall(wakeNs + latenessOf(wakeNs)));
  }

  wake(): void {
    assert.fail('nobody waits');
  }

  takeDrops(): number {
    const drops = this.#drops;
    this.#drops = 0;
    return drops;
  }

  /** In the order of their times; of one time, in the order in which they became known. */
  #schedule(event: SimulatedEvent): void {
    const after = this.#events.findIndex(({ atNs }) => atNs > event.atNs);
    this.#events.splice(after === -1 ? this.#events.length : after, 0, event);
  }

  #deliver(isWanted: (event: SimulatedEvent) => boolean): void {
    for (let index = 0; index < this.#events.length;) {
      const event = this.#events[index]!;
      if (event.atNs > this.nowNs) return;
      if (isWanted(event)) this.#tell(this.#events.splice(index, 1)[0]!);
      else index++;
    }
  }

  followAddress(): void {
    // Its address stays.
  }

  #tell(event: SimulatedEvent): void {
    const sink = this.#sink!;
    if (event.kind === 'datagram') sink.receive(this.#arrivalOf(event));
    else if (event.kind === 'icmp') sink.receiveIcmp(this.#icmpOf(event));
    else if (event.kind === 'failure') sink.failSend(event.ticket, event.systemCode, this.nowNs);
    else if (event.kind === 'drop') this.#drops++;
    else if (this.hasStamps) sink.stampSent(event.ticket, event.kernelNs, this.nowNs);
  }

  #arrivalOf(event: SimulatedEvent & { kind: 'datagram' }): Arrival {
    return {
      view: viewOf(event.bytes),
      start: 0,
      payloadBytes: event.bytes.length,
      port: event.port,
      peer: event.isStranger === true ? STRANGER : 0,
      receivedNs: this.nowNs,
      kernelReceivedNs: this.hasStamps ? event.kernelNs : UNKNOWN_NS,
      fragmentBytes: NaN,
      sender: () => ({ address: '192.0.2.7', port: 7 }),
    };
  }

  #icmpOf({ error, port, quoted, beforeTicket }: SimulatedEvent & { kind: 'icmp' }): IcmpArrival {
    const place = { view: viewOf(quoted), start: 0, quotedBytes: quoted.length, beforeTicket };
    return { ...error, port, peer: 0, receivedNs: this.nowNs, nextHopMtu: null, ...place };
  }

  #outOfStall(atNs: number): number {
    const stall = this.#stalls.find(({ fromNs, untilNs }) => fromNs <= atNs && atNs < untilNs);
    return stall?.untilNs ?? atNs;
  }
}

/** Of the time alone, so that one wait more or less changes no other. */
function latenessOf(wakeNs: number): number {
  return (mix(Math.floor(wakeNs % 2 ** 32)) >>> 0) % LATEST_WAKE_NS;
}
