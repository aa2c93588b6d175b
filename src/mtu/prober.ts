// SPDX-License-Identifier: MIT
// Sends the rounds of a search over a probe channel, and notes what became of each datagram. It runs on the event loop of
// its caller, also over a channel that blocks, because a search sends few datagrams and its times need no precision.

import { setTimeout } from 'node:timers/promises';
import type { ReplyVerdict } from '../client/protocols/probe-protocol.ts';
import type { Arrival, Fragmentation, IcmpArrival, ProbeSink } from '../socket/probe-channel.ts';
import { STRANGER } from '../socket/probe-channel.ts';
import { HEADER_BYTES } from './conclude.ts';
import { isReply, type Evidence } from './evidence.ts';
import type { MtuPath } from './open-path.ts';
import { RoundTripTimes } from './round-trip-times.ts';
import type { SentProbe, SizeCodecs } from './size-codecs.ts';
import type { Outcome, Round, Trial } from './trial.ts';

/** The interval of reading a channel that does not tell by itself that something arrived. */
const LOOK_EVERY_MS = 2;

/** A trial, and its datagram. */
interface Flight extends SentProbe {
  readonly trial: Trial;
}

export interface ProberParts {
  readonly path: MtuPath;
  readonly codecs: SizeCodecs;
  readonly evidence: Evidence;
  /** Payload of a control. */
  readonly leastBytes: number;
  readonly signal: AbortSignal | undefined;
}

export class Prober implements ProbeSink {
  readonly rtts = new RoundTripTimes();
  /** What arrived and was no reply, by what it was instead. */
  readonly strays = new Set<ReplyVerdict>();
  readonly #parts: ProberParts;
  readonly #headerBytes: number;
  /** By sequence number. */
  readonly #flights: Flight[] = [];
  #sendsAs: Fragmentation = 'whole';

  constructor(parts: ProberParts) {
    this.#parts = parts;
    this.#headerBytes = HEADER_BYTES[parts.evidence.ipVersion];
    parts.codecs.setStart(parts.path.channel.start(this));
  }

  /** Datagrams that left. */
  get sent(): number {
    return this.#flights.filter(
      ({ trial: { outcome } }) => outcome.kind !== 'too-long' && outcome.kind !== 'unsent',
    ).length;
  }

  get elapsedNs(): number {
    return Math.round(this.#parts.path.channel.nowNs);
  }

  /** Resolves when the outcome of each datagram is known, or at once after an abort. */
  async run(round: Round): Promise<void> {
    const first = this.#flights.length;
    for (const [index, probe] of round.probes.entries()) {
      if (index > 0 && round.isEnough()) break;
      await this.#sendPair(probe, round);
      if (this.#isStopped) return;
    }
    const flights = this.#flights.slice(first);
    await this.#until(() => flights.every((flight) => this.#isSettled(flight)));
    // What has not had its time is not lost.
    if (this.#isStopped) return;
    for (const { trial } of flights) {
      if (trial.outcome.kind === 'waiting') trial.outcome = { kind: 'lost' };
    }
  }

  receive(arrival: Arrival): void {
    if (arrival.peer === STRANGER) return;
    const { view, start, payloadBytes, fragmentBytes: fragment } = arrival;
    const waiting = this.#flights.filter(({ trial }) => !isReply(trial));
    const reading = this.#parts.codecs.read(view, start, payloadBytes, waiting);
    if (reading.kind === 'other') {
      this.strays.add(reading.verdict);
      return;
    }
    const flight = this.#flights[reading.sequence];
    if (flight === undefined || isReply(flight.trial)) return;
    const number = reading.kind === 'reply' ? reading.number : null;
    const size = payloadBytes + this.#headerBytes;
    flight.trial.outcome = { kind: 'reply', size, fragment, number };
    if (flight.trial.isControl) this.rtts.add(timeOf(arrival) - flight.sentAtNs);
  }

  receiveIcmp(error: IcmpArrival): void {
    const flight = this.#subjectOf(error);
    if (flight?.trial.outcome.kind !== 'waiting') return;
    const { systemCode, from, icmpType, icmpCode, nextHopMtu } = error;
    flight.trial.outcome =
      nextHopMtu === null
        ? { kind: 'icmp-error', error: { systemCode, from, icmpType, icmpCode } }
        : { kind: 'too-big', nextHopMtu, router: from ?? '' };
  }

  stampSent(): void {
    // Round-trip times need no such precision.
  }

  failSend(ticket: number, systemCode: string, _nowNs: number, limit?: number): void {
    const { trial } = this.#flights[ticket]!;
    const isTooLong = systemCode === 'EMSGSIZE';
    trial.outcome = isTooLong
      ? { kind: 'too-long', limit: limit ?? null }
      : { kind: 'unsent', systemCode };
  }

  get #isStopped(): boolean {
    return this.#parts.signal?.aborted === true;
  }

  /** A probe, and after half the gap its control, if it has one. */
  async #sendPair({ size, fragmentation }: Round['probes'][number], round: Round): Promise<void> {
    const { isPatient } = round;
    const { leastBytes } = this.#parts;
    const least = leastBytes + this.#headerBytes;
    const ofControl = { fragmentation: 'whole', isPatient, control: undefined } as const;
    const control: Trial | undefined = round.hasControls
      ? { ...ofControl, size: least, isControl: true, outcome: WAITING }
      : undefined;
    const isControl = size === least;
    const trial = { size, fragmentation, isControl, isPatient, control, outcome: WAITING };
    this.#send(trial);
    if (trial.outcome.kind === 'too-long') return;
    if (control !== undefined) {
      await this.#pause(this.rtts.gapNs / 2);
      if (this.#isStopped) return;
      this.#send(control);
      await this.#pause(this.rtts.gapNs / 2);
    } else if (isControl) {
      await this.#pause(this.rtts.gapNs);
    }
  }

  #send(trial: Trial): void {
    const { path, codecs, evidence } = this.#parts;
    const { channel } = path;
    if (trial.fragmentation !== this.#sendsAs) {
      this.#sendsAs = trial.fragmentation;
      path.sendAs(trial.fragmentation);
    }
    const sequence = this.#flights.length;
    const payloadBytes = trial.size - this.#headerBytes;
    const sentAtNs = Math.round(channel.nowNs);
    evidence.trials.push(trial);
    const flight = { trial, sequence, payloadBytes, sentAtNs };
    this.#flights.push(flight);
    const { batch } = channel;
    codecs.encode(batch.view, batch.startOf(0), flight);
    batch.payloadBytes[0] = payloadBytes;
    batch.ports[0] = 0;
    batch.peers[0] = 0;
    batch.tickets[0] = sequence;
    channel.send(1);
  }

  #isSettled({ trial: { outcome, isPatient }, sentAtNs }: Flight): boolean {
    const agoNs = this.#parts.path.channel.nowNs - sentAtNs;
    switch (outcome.kind) {
      case 'waiting':
        return agoNs > this.rtts.timeoutNs(isPatient);
      // Whoever sent the error may have forged it: a reply has its time.
      case 'too-big':
      case 'icmp-error':
        return agoNs > this.rtts.gapNs;
      default:
        return true;
    }
  }

  async #pause(durationNs: number): Promise<void> {
    const { channel } = this.#parts.path;
    const untilNs = channel.nowNs + durationNs;
    await this.#until(() => channel.nowNs >= untilNs);
  }

  async #until(isOver: () => boolean): Promise<void> {
    const { channel } = this.#parts.path;
    for (;;) {
      channel.look();
      channel.receive();
      if (isOver() || this.#isStopped) return;
      await setTimeout(LOOK_EVERY_MS);
    }
  }

  /**
   * The datagram that an ICMP error is about. Some routers quote only its first octets: then it is the latest one that
   * the error can be about, because the system has matched the error with the socket.
   */
  #subjectOf({ view, start, quotedBytes, nextHopMtu }: IcmpArrival): Flight | undefined {
    const waiting = this.#flights.filter(({ trial }) => trial.outcome.kind === 'waiting');
    const quoted = this.#parts.codecs.quoted(view, start, quotedBytes, waiting);
    if (quoted !== undefined) return this.#flights[quoted.sequence];
    if (quotedBytes >= this.#parts.leastBytes) return undefined;
    return waiting.findLast(({ trial }) => nextHopMtu === null || trial.size > nextHopMtu);
  }
}

const WAITING: Outcome = { kind: 'waiting' };

/** When a datagram was received, by the kernel if it says so. */
function timeOf({ receivedNs, kernelReceivedNs }: Arrival): number {
  return Number.isNaN(kernelReceivedNs) ? receivedNs : Math.min(receivedNs, kernelReceivedNs);
}
