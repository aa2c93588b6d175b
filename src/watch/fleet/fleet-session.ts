// SPDX-License-Identifier: MIT
// The probes of one target to one address: client/session's ledger and matcher without its statistics. The outcome of a
// probe is counted once: a reply in time on arrival, any other outcome after twice the timeout.

import type { IcmpArrival, Arrival, ProbePeer } from '../../socket/probe-channel.ts';
import type { ProbeFields } from '../../wire/probe.ts';
import type { WallTime } from '../../wire/timestamp.ts';
import { openProtocol } from '../../client/protocols/open-protocol.ts';
import type { ProbeProtocol } from '../../client/protocols/probe-protocol.ts';
import { isPortUnreachable } from '../../client/session/icmp-error-kind.ts';
import { MAX_CAPACITY, OUTCOME, type Outcome } from '../../client/session/in-flight.ts';
import type { Observation } from '../../client/session/observation.ts';
import { ProbeLedger } from '../../client/session/probe-ledger.ts';
import { ReplyMatcher } from '../../client/session/reply-matcher.ts';
import { isSameAddress } from '../../socket/ip-address.ts';
import type { ProbeSettings } from '../target.ts';
import { LossDirections } from './loss-directions.ts';
import type { TargetTally } from './target-tally.ts';

export interface FleetSessionOptions {
  readonly settings: ProbeSettings;
  readonly peer: ProbePeer;
  readonly tally: TargetTally;
  /** Wall clock time at the prober's start. */
  readonly wallAtZero: Readonly<WallTime>;
  /** Distinguishes its probes from those of all other sessions, including past ones. */
  readonly nonce: readonly [high: number, low: number];
}

const LEAST_CAPACITY = 16;

/** By this time the kernel has reported a sent probe's timestamp, and a live neighbour has answered. */
const STUCK_NS = 5e6;

/** A ticket identifies a probe modulo this number: it is one of the latest 2^20. */
export const SEQUENCE_TICKETS = MAX_CAPACITY;

const COUNT_OF = { forward: 'lostForward', backward: 'lostBackward' } as const;

const NAMED = { byNobody: 0, asPortUnreachable: 1, byOther: 2 } as const;

export class FleetSession {
  readonly peer: ProbePeer;
  readonly #tally: TargetTally;
  readonly #flows: number;
  readonly #timeoutNs: number;
  readonly #protocol: ProbeProtocol;
  readonly #ledger: ProbeLedger;
  readonly #matcher: ReplyMatcher;
  /** `undefined` if the protocol does not show the direction of a loss. */
  readonly #directions: LossDirections | undefined;
  /** By probe: the kind of ICMP error that named it. */
  readonly #named: Uint8Array;
  /** By flow: the latest probe that was answered. */
  readonly #latestAnswered: Float64Array;
  readonly #fields: ProbeFields = { stream: 0, sequence: 0, intendedAtNs: 0, sentAtNs: 0 };
  #isAbandoned = false;

  constructor({ settings, peer, tally, wallAtZero, nonce }: FleetSessionOptions) {
    const { flows, intervalMs, payloadBytes } = settings;
    const timeoutNs = settings.timeoutMs * 1e6;
    const plan = { ...settings, streams: flows, nonce, payloadBytes };
    const protocol = openProtocol(plan);
    const capacity = capacityFor(settings.timeoutMs / intervalMs);
    if ('reflection' in protocol) {
      protocol.setStart(wallAtZero);
      this.#directions = new LossDirections(protocol, capacity, flows);
    }
    // A reply after the timeout and within twice the timeout is late.
    const ledger = new ProbeLedger({ capacity, timeoutNs: 2 * timeoutNs, streams: flows });
    this.peer = peer;
    this.#tally = tally;
    this.#flows = flows;
    this.#timeoutNs = timeoutNs;
    this.#protocol = protocol;
    this.#ledger = ledger;
    this.#matcher = new ReplyMatcher(protocol, ledger, timeoutNs);
    this.#named = new Uint8Array(capacity);
    this.#latestAnswered = new Float64Array(flows).fill(-1);
  }

  /** True once its target abandoned it: replies count for no target. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** When the oldest outstanding probe is given up; Infinity if there is none. */
  get nextOutcomeNs(): number {
    return this.#ledger.nextTimeoutNs ?? Infinity;
  }

  /** Send time of the oldest probe with unknown outcome; Infinity if there is none. */
  get oldestOpenNs(): number {
    const { settled, next } = this.#ledger;
    return settled === next ? Infinity : this.#ledger.sentNsOf(settled);
  }

  /** False if there is no place for one more probe, which happens only with a timeout of hours. */
  get hasRoom(): boolean {
    return this.#ledger.next - this.#ledger.settled < this.#ledger.capacity;
  }

  /** True if the system seems to hold the latest probe back: nothing shows that it left. */
  isStuck(nowNs: number): boolean {
    const { lastSequence } = this;
    const ledger = this.#ledger;
    return (
      ledger.outcomeOf(lastSequence) === OUTCOME.pending &&
      Number.isNaN(ledger.kernelSentNsOf(lastSequence)) &&
      nowNs - ledger.sentNsOf(lastSequence) > STUCK_NS
    );
  }

  /** The number of the probe prepared last. */
  get lastSequence(): number {
    return this.#ledger.next - 1;
  }

  /** Writes a probe, which must be sent at once. @returns the index of the local port to send from */
  prepare(intendedNs: number, nowNs: number, view: DataView, start: number): number {
    const sequence = this.#ledger.add(intendedNs, nowNs);
    const stream = sequence % this.#flows;
    const fields = this.#fields;
    fields.stream = stream;
    fields.sequence = sequence;
    fields.intendedAtNs = Math.round(intendedNs);
    fields.sentAtNs = Math.round(nowNs);
    this.#named[sequence % this.#named.length] = NAMED.byNobody;
    this.#directions?.send(sequence);
    this.#protocol.encode(view, fields, start);
    return stream;
  }

  /** Finds out what a datagram from its peer means, without counting it. The result is valid until the next call. */
  match(arrival: Arrival): Observation {
    return this.#matcher.match(arrival);
  }

  /** Counts the result of `match`. */
  take(seen: Observation): void {
    switch (seen.kind) {
      case 'reply':
        this.#tally.receive(seen.sentNs, seen.rttNs, seen.atNs);
        this.#ledger.receive(seen.sequence, seen.rttNs);
        this.#noteFirst(seen);
        return;
      case 'late':
        this.#takeLate(seen);
        return;
      case 'duplicate':
        this.#tally.count('duplicate');
        this.#directions?.addReply(seen.sequence, seen.reflection!, false);
        return;
      case 'corrupted':
        this.#tally.count(seen.alteration === 'unauthenticated' ? 'unauthenticated' : 'corrupted');
        return;
      default:
        this.#tally.count(seen.kind);
    }
  }

  /** @returns whether the error quotes a probe of its own */
  takeIcmp(error: IcmpArrival): boolean {
    const { view, start, quotedBytes, port } = error;
    const sequence = this.#protocol.quotedSequence(view, start, quotedBytes, port);
    if (sequence === undefined || !this.#ledger.isWaiting(sequence)) return sequence !== undefined;
    const isOfPeer = error.from !== null && isSameAddress(error.from, this.peer.address);
    const isRefusal = isOfPeer && isPortUnreachable(error);
    this.#named[sequence % this.#named.length] = isRefusal
      ? NAMED.asPortUnreachable
      : NAMED.byOther;
    this.#ledger.nameByIcmp(sequence);
    return true;
  }

  /** @param ticket  the number of the probe modulo `SEQUENCE_TICKETS` */
  stampSent(ticket: number, kernelSentNs: number, nowNs: number): void {
    this.#ledger.stampSent(this.#sequenceOf(ticket), kernelSentNs, nowNs);
  }

  failSend(ticket: number): void {
    const sequence = this.#sequenceOf(ticket);
    if (!this.#ledger.isWaiting(sequence)) return;
    const sentNs = this.#ledger.sentNsOf(sequence);
    this.#ledger.withdraw(sequence);
    this.#directions?.withdraw(sequence);
    this.#tally.countSentAt(sentNs, 'sendFailed');
  }

  /** Counts the probes whose outcome is known by now. */
  sweep(nowNs: number): void {
    const ledger = this.#ledger;
    while (ledger.settled < ledger.next) {
      const sequence = ledger.settled;
      const outcome = ledger.settleNext(nowNs);
      if (outcome === undefined) return;
      this.#settle(sequence, outcome);
    }
  }

  /** Its target was removed, or has another address: outstanding probes are left out. */
  abandon(nowNs: number): void {
    this.#isAbandoned = true;
    const ledger = this.#ledger;
    this.sweep(nowNs);
    for (let sequence = ledger.settled; sequence < ledger.next; sequence++) {
      if (ledger.isWaiting(sequence)) ledger.leaveOut(sequence);
    }
    this.sweep(nowNs);
  }

  /** How long after the last probe replies are still recognized. */
  get silentAfterNs(): number {
    return 2 * this.#timeoutNs;
  }

  #takeLate(seen: Observation): void {
    const isInTime = seen.delayNs <= 2 * this.#timeoutNs;
    // Its outcome has been counted.
    if (!isInTime || !this.#ledger.isWaiting(seen.sequence)) {
      this.#tally.count('stray');
      return;
    }
    this.#ledger.receiveLate(seen.sequence);
    this.#noteFirst(seen);
  }

  /** Notes the first reply to a probe. Order has no meaning between ports (RFC 4737 section 3.4). */
  #noteFirst({ sequence, stream, reflection }: Observation): void {
    this.#directions?.addReply(sequence, reflection!, true);
    if (sequence < this.#latestAnswered[stream]!) this.#tally.count('reordered');
    else this.#latestAnswered[stream] = sequence;
  }

  #settle(sequence: number, outcome: Outcome): void {
    const sentNs = this.#ledger.sentNsOf(sequence);
    if (outcome === OUTCOME.late) this.#tally.countSentAt(sentNs, 'late');
    else if (outcome === OUTCOME.leftOut) this.#tally.countSentAt(sentNs, 'abandoned');
    else if (outcome === OUTCOME.lost || outcome === OUTCOME.namedByIcmp) {
      this.#lose(sequence, sentNs);
    }
  }

  #lose(sequence: number, sentNs: number): void {
    this.#tally.countSentAt(sentNs, 'lost');
    const direction = this.#directions?.lose(sequence);
    if (direction !== undefined) this.#tally.countSentAt(sentNs, COUNT_OF[direction]);
    const named = this.#named[sequence % this.#named.length];
    if (named === NAMED.asPortUnreachable) this.#tally.countSentAt(sentNs, 'portUnreachable');
    else if (named === NAMED.byOther) this.#tally.countSentAt(sentNs, 'icmpErrors');
  }

  /** The latest probe with this number modulo `SEQUENCE_TICKETS`. */
  #sequenceOf(ticket: number): number {
    const latest = this.lastSequence;
    const behind = (latest - ticket) % SEQUENCE_TICKETS;
    return latest - (behind < 0 ? behind + SEQUENCE_TICKETS : behind);
  }
}

/** Room for the outstanding probes, and as many again to recognize their duplicates. */
function capacityFor(probesPerTimeout: number): number {
  const wanted = Math.max(LEAST_CAPACITY, 4 * probesPerTimeout);
  return Math.min(MAX_CAPACITY, 2 ** Math.ceil(Math.log2(wanted)));
}
