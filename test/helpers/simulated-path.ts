// What becomes of each probe on a simulated path, drawn from a seed in the order of sending.

import { UNKNOWN_NS } from '../../src/socket/probe-channel.ts';
import { Random } from '../../src/random.ts';
import { ProbeCodec } from '../../src/wire/probe.ts';
import { viewOf } from './made-session.ts';
import type { SimulatedEvent } from './simulated-channel.ts';
import type { SimulatedReflector } from './simulated-reflectors.ts';

/** A probe that left. */
export interface SentProbe {
  readonly bytes: Uint8Array;
  readonly port: number;
  readonly ticket: number;
  readonly atNs: number;
}

/** How many of each hundred probes meet which fate; the others are answered and nothing else. */
const FATES = [
  ['lost-forward', 4],
  ['lost-backward', 3],
  ['dropped-here', 2],
  ['unanswered', 2],
  ['duplicate-backward', 3],
  ['duplicate-forward', 2],
  ['overtaken', 5],
  ['late', 4],
  ['very-late', 2],
  ['altered', 5],
  ['truncated', 1],
  ['joined', 1],
  ['unaltered', 1],
  ['icmp-error', 3],
  ['refused-and-answered', 2],
  ['refused-without-quote', 2],
  ['send-failed', 3],
  ['send-failed-and-refused', 1],
  ['beside-a-stray', 3],
  ['odd-stamps', 4],
] as const;

type Fate = (typeof FATES)[number][0] | 'answered';

const PORT_UNREACHABLE = {
  systemCode: 'ECONNREFUSED',
  from: '192.0.2.7',
  icmpType: 3,
  icmpCode: 3,
} as const;

const TIME_EXCEEDED = {
  systemCode: 'EHOSTUNREACH',
  from: '198.51.100.1',
  icmpType: 11,
  icmpCode: 0,
} as const;

const NOBODY_KNOWS = { systemCode: 'EPERM', from: null, icmpType: null, icmpCode: null } as const;

const BASE_DELAY_NS = 400_000;
const QUEUE_NS = 1_500_000;

export interface PathPlan {
  readonly seed: number;
  readonly timeoutNs: number;
  readonly intervalNs: number;
  readonly nonce: readonly [high: number, low: number];
  /** 1 is what `FATES` says; 0 is a path on which nothing happens. */
  readonly badness: number;
}

export class SimulatedPath {
  readonly #plan: PathPlan;
  readonly #reflector: SimulatedReflector;
  readonly #random: Random;
  #before: Uint8Array | undefined;

  constructor(plan: PathPlan, reflector: SimulatedReflector) {
    this.#plan = plan;
    this.#reflector = reflector;
    this.#random = new Random(plan.seed);
  }

  /** Everything that will come of a probe. */
  eventsOf(sent: SentProbe): SimulatedEvent[] {
    const fate = this.#drawFate();
    const events = fate.startsWith('send-failed') ? [] : [this.#stampOf(sent, fate)];
    events.push(...this.#eventsOf(fate, sent));
    this.#before = sent.bytes;
    return events;
  }

  #drawFate(): Fate {
    let left = (this.#random.next() * 100) / this.#plan.badness;
    for (const [fate, percent] of FATES) {
      left -= percent;
      if (left < 0) return fate;
    }
    return 'answered';
  }

  #eventsOf(fate: Fate, sent: SentProbe): SimulatedEvent[] {
    return (
      this.#answeredOf(fate, sent) ??
      this.#unansweredOf(fate, sent) ??
      this.#alteredOf(fate, sent) ??
      this.#refusedOf(fate, sent)
    );
  }

  #answeredOf(fate: Fate, sent: SentProbe): SimulatedEvent[] | undefined {
    const { timeoutNs, intervalNs } = this.#plan;
    switch (fate) {
      case 'answered':
        return [this.#reply(sent)];
      case 'overtaken':
        return [this.#reply(sent, 3.5 * intervalNs)];
      case 'late':
        return [this.#reply(sent, timeoutNs)];
      case 'very-late':
        return [this.#reply(sent, 2.5 * timeoutNs)];
      case 'duplicate-backward':
        return twice(this.#reply(sent), 150_000);
      case 'duplicate-forward':
        return [this.#reply(sent), this.#reply(sent, 200_000)];
      case 'odd-stamps':
        return [this.#withOddStamp(this.#reply(sent))];
      default:
        return undefined;
    }
  }

  #unansweredOf(fate: Fate, sent: SentProbe): SimulatedEvent[] | undefined {
    switch (fate) {
      case 'lost-forward':
        return [];
      case 'lost-backward':
        this.#reply(sent);
        return [];
      case 'dropped-here':
        return [{ kind: 'drop', atNs: this.#reply(sent).atNs }];
      case 'unanswered':
        this.#reflector.fail(sent);
        return [];
      default:
        return undefined;
    }
  }

  #alteredOf(fate: Fate, sent: SentProbe): SimulatedEvent[] | undefined {
    switch (fate) {
      case 'altered':
        return [this.#alter(sent, (reply) => this.#withOneOctetChanged(reply))];
      case 'truncated':
        return [this.#alter(sent, (reply) => reply.subarray(0, reply.length - 5))];
      case 'joined':
        return [this.#alter(sent, (reply) => Buffer.concat([this.#before ?? reply, reply]))];
      case 'unaltered':
        return [this.#alter(sent, () => sent.bytes)];
      case 'beside-a-stray': {
        const reply = this.#reply(sent);
        return [reply, ...this.#straysBeside(reply, sent)];
      }
      default:
        return undefined;
    }
  }

  #alter(sent: SentProbe, change: (reply: Uint8Array) => Uint8Array): SimulatedEvent {
    const reply = this.#reply(sent);
    return { ...reply, bytes: change(reply.bytes) };
  }

  #refusedOf(fate: Fate, sent: SentProbe): SimulatedEvent[] {
    const quoted = this.#random.next() < 0.5 ? sent.bytes : sent.bytes.subarray(0, 48);
    switch (fate) {
      case 'icmp-error':
        return [this.#icmp(sent, PORT_UNREACHABLE, quoted)];
      case 'refused-and-answered':
        return [this.#icmp(sent, TIME_EXCEEDED, quoted), this.#reply(sent, 5e6)];
      case 'refused-without-quote':
        return [this.#icmp(sent, NOBODY_KNOWS, new Uint8Array(0))];
      case 'send-failed':
        return [failureOf(sent, 'ENOBUFS')];
      default:
        return [this.#icmp(sent, NOBODY_KNOWS, sent.bytes), failureOf(sent, 'EPERM')];
    }
  }

  #reply(sent: SentProbe, moreNs = 0): SimulatedEvent & { kind: 'datagram' } {
    const forwardNs = this.#delayNs();
    const residenceNs = 20_000 + Math.floor(this.#random.next() * 50_000);
    const receivedNs = sent.atNs + forwardNs;
    const atNs = receivedNs + residenceNs + this.#delayNs() + moreNs;
    const bytes = this.#reflector.answer(sent, receivedNs, residenceNs);
    return { kind: 'datagram', atNs, bytes, port: sent.port, kernelNs: atNs };
  }

  /** A base and a queue, which is mostly short. */
  #delayNs(): number {
    return BASE_DELAY_NS + Math.floor(this.#random.next() * this.#random.next() * QUEUE_NS);
  }

  #stampOf({ ticket, atNs }: SentProbe, fate: Fate): SimulatedEvent {
    const stampedNs = atNs + 2000 + Math.floor(this.#random.next() * 20_000);
    const isOdd = fate === 'odd-stamps';
    // Before the probe was made: the clock was set.
    const kernelNs = isOdd && this.#random.next() < 0.5 ? atNs - 5000 : stampedNs;
    return { kind: 'stamp', atNs: stampedNs, ticket, kernelNs };
  }

  #withOddStamp(reply: SimulatedEvent & { kind: 'datagram' }): SimulatedEvent {
    const odd = [UNKNOWN_NS, 0, reply.atNs + 1e9];
    return { ...reply, kernelNs: odd[Math.floor(this.#random.next() * odd.length)]! };
  }

  #withOneOctetChanged(bytes: Uint8Array): Uint8Array {
    const changed = bytes.slice();
    changed[Math.floor(this.#random.next() * bytes.length)]! ^= 1 + (this.#random.nextWord() % 255);
    return changed;
  }

  #icmp(
    { port, ticket, atNs }: SentProbe,
    error: typeof PORT_UNREACHABLE | typeof TIME_EXCEEDED | typeof NOBODY_KNOWS,
    quoted: Uint8Array,
  ): SimulatedEvent {
    const isOfAny = this.#random.next() < 0.5;
    const beforeTicket = isOfAny ? Infinity : ticket + 1;
    return { kind: 'icmp', atNs: atNs + this.#delayNs(), error, port, quoted, beforeTicket };
  }

  /** From another address; of another session; of this one, and never sent. */
  #straysBeside(
    reply: SimulatedEvent & { kind: 'datagram' },
    { port, ticket }: SentProbe,
  ): SimulatedEvent[] {
    const atNs = reply.atNs + 1000;
    const { nonce } = this.#plan;
    const stray = { kind: 'datagram', atNs, port, kernelNs: atNs } as const;
    const { length } = reply.bytes;
    return [
      { ...stray, bytes: reply.bytes, isStranger: true },
      { ...stray, bytes: probeOf([nonce[0] + 1, nonce[1]], length, 0) },
      { ...stray, bytes: probeOf(nonce, length, ticket + 100_000) },
    ];
  }
}

function twice(event: SimulatedEvent & { kind: 'datagram' }, afterNs: number): SimulatedEvent[] {
  const atNs = event.atNs + afterNs;
  return [event, { ...event, atNs, kernelNs: atNs }];
}

function failureOf({ ticket, atNs }: SentProbe, systemCode: string): SimulatedEvent {
  return { kind: 'failure', atNs, ticket, systemCode };
}

function probeOf(nonce: readonly [number, number], bytes: number, sequence: number): Uint8Array {
  const probe = new Uint8Array(bytes);
  const fields = { stream: 0, sequence, intendedAtNs: 0, sentAtNs: 0 };
  new ProbeCodec(nonce, bytes).encode(viewOf(probe), fields);
  return probe;
}
