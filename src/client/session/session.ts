// SPDX-License-Identifier: MIT
// One measurement without its sockets and clocks: which probe is due, what a received datagram means, when a probe is
// lost. Both engines call it; every time is in nanoseconds since the session's start, on a monotonic clock.

import type { AddressChange } from '../../socket/address-change.ts';
import type { Arrival, IcmpArrival, ProbeSink } from '../../socket/probe-channel.ts';
import type { ProbeFields } from '../../wire/probe.ts';
import type { WallTime } from '../../wire/timestamp.ts';
import { openProtocol } from '../protocols/open-protocol.ts';
import type { ProbeProtocol, ReflectingProtocol } from '../protocols/probe-protocol.ts';
import { OUTCOME, ringCapacity, type Outcome } from './in-flight.ts';
import type { InterimResult } from './interim-result.ts';
import type { Observation } from './observation.ts';
import { ProbeLedger } from './probe-ledger.ts';
import type { RecordListener } from './probe-record.ts';
import {
  NO_REFLECTION,
  ReflectionStatistics,
  type ReflectionSummary,
} from './reflection-statistics.ts';
import { ReplyMatcher } from './reply-matcher.ts';
import { mostProbes, Schedule, type SchedulePlan } from './schedule.ts';
import type { SessionPlan } from './session-plan.ts';
import { SessionRecords } from './session-records.ts';
import { SessionStatistics, type StatisticsSummary } from './session-statistics.ts';
import { TrialStatistics, type TrialSummary } from './trial-statistics.ts';

/** The part of the result that a session knows. */
export type SessionSummary = StatisticsSummary &
  ReflectionSummary & {
    /** True if it was stopped before everything was sent. */
    readonly isCutShort: boolean;
    /** Probes that still had time to be answered at the end; they are in no count. */
    readonly leftOut: number;
    /** Only of a trial of a load. */
    readonly trial?: TrialSummary;
  };

/** A program that runs this much later than planned has stalled; Node's timers may be late by half of it. */
const STALL_NS = 2e6;

/**
 * The channel's tickets are the sequence numbers of the probes. Memory does not grow with the number of probes: some
 * 0.13 MB, mostly for histograms; 41 bytes for each probe of the timeout plus 10 s, at least 41 KiB; and 3.5 MB for a
 * picture.
 */
export class Session implements ProbeSink {
  readonly #schedule: Schedule;
  readonly #protocol: ProbeProtocol;
  /** The protocol, if its replies say more than that a probe came back; a plain echo pays nothing for it. */
  readonly #reflecting: ReflectingProtocol | undefined;
  readonly #ledger: ProbeLedger;
  readonly #matcher: ReplyMatcher;
  readonly #statistics: SessionStatistics;
  readonly #reflections: ReflectionStatistics | undefined;
  readonly #records: SessionRecords | undefined;
  readonly #trial: TrialStatistics | undefined;
  readonly #fields: ProbeFields = { stream: 0, sequence: 0, intendedAtNs: 0, sentAtNs: 0 };
  #isStopped = false;
  #isCutShort = false;
  #leftOut = 0;

  /** @param onRecord  without a listener no records are made */
  constructor(plan: SessionPlan, onRecord?: RecordListener) {
    const protocol = openProtocol(plan);
    const schedule: SchedulePlan = { ...plan, kind: plan.schedule };
    const { intervalNs, timeoutNs, streams } = plan;
    const capacity = ringCapacity(1e9 / intervalNs, timeoutNs, mostProbes(schedule));
    const ledger = new ProbeLedger({ capacity, timeoutNs, streams });
    const statistics = new SessionStatistics(plan);
    this.#protocol = protocol;
    this.#ledger = ledger;
    this.#matcher = new ReplyMatcher(protocol, ledger, timeoutNs);
    this.#statistics = statistics;
    if ('reflection' in protocol) {
      this.#reflecting = protocol;
      this.#reflections = new ReflectionStatistics(protocol, plan.streams, ledger.capacity);
    }
    if (plan.trial !== undefined) this.#trial = new TrialStatistics(plan.trial, plan.durationNs);
    this.#schedule = new Schedule(schedule, plan.nonce[1], (slotNs) => {
      statistics.addSkipped(slotNs);
    });
    if (onRecord === undefined) return;
    this.#records = new SessionRecords(onRecord, ledger, this.#reflecting);
  }

  /** Sets the wall clock time at the session's start, for protocols that write it. Call it before the first probe. */
  setStart(wall: Readonly<WallTime>): void {
    this.#reflecting?.setStart(wall);
  }

  /** When the next probe is due; `undefined` if no more will be sent. */
  get nextSendNs(): number | undefined {
    return this.#isStopped || this.#schedule.isOver ? undefined : this.#schedule.nextNs;
  }

  /** When the oldest unanswered probe will count as lost; `undefined` if none is waited for. */
  get nextTimeoutNs(): number | undefined {
    return this.#ledger.nextTimeoutNs;
  }

  /** True if nothing more will be sent and nothing is waited for. */
  get isOver(): boolean {
    return this.nextSendNs === undefined && this.nextTimeoutNs === undefined;
  }

  /** Stops sending; replies are still waited for. */
  stop(): void {
    if (this.nextSendNs !== undefined) this.#isCutShort = true;
    this.#isStopped = true;
  }

  /**
   * Writes the due probe into `view`, from byte `start` on. The caller must send it at once.
   *
   * @returns the index of the source port to send from, or `undefined` if none is due
   */
  prepare(nowNs: number, view: DataView, start = 0): number | undefined {
    if (this.nextSendNs === undefined) return undefined;
    if (this.#trial?.isToStop(nowNs) === true) {
      this.stop();
      return undefined;
    }
    const intendedNs = this.#takeSlot(nowNs);
    if (intendedNs === undefined) return undefined;
    const sequence = this.#ledger.add(intendedNs, nowNs);
    const stream = this.#ledger.streamOf(sequence);
    const fields = this.#fields;
    fields.stream = stream;
    fields.sequence = sequence;
    fields.intendedAtNs = Math.round(intendedNs);
    fields.sentAtNs = Math.round(nowNs);
    this.#protocol.encode(view, fields, start);
    this.#statistics.addSent(stream, nowNs, nowNs - intendedNs);
    return stream;
  }

  /** The sequence number of the probe prepared last. */
  get lastSequence(): number {
    return this.#ledger.next - 1;
  }

  /**
   * Records that the system refused to send a probe: it never left, so it can't be lost. A firewall of this host may
   * also have sent an ICMP error for it.
   */
  failSend(sequence: number, systemCode: string, nowNs: number): void {
    if (!this.#ledger.isWaiting(sequence)) return;
    const stream = this.#ledger.streamOf(sequence);
    this.#ledger.withdraw(sequence);
    this.#statistics.addSendFailure(stream, this.#ledger.sentNsOf(sequence), systemCode);
    this.#records?.tellSendFailure(sequence, systemCode, nowNs);
  }

  stampSent(sequence: number, kernelSentNs: number, nowNs: number): void {
    this.#ledger.stampSent(sequence, kernelSentNs, nowNs);
  }

  receive(arrival: Arrival): void {
    const seen = this.#matcher.match(arrival);
    if (seen.kind === 'reply') this.#ledger.receive(seen.sequence, seen.rttNs);
    else if (seen.kind === 'late') this.#settleLate(seen);
    this.#reflections?.add(seen);
    this.#trial?.add(seen);
    const isReordered = this.#statistics.add(seen);
    this.#records?.tellArrival(seen, isReordered);
  }

  /**
   * Counts an ICMP error: a host or a router says that a probe can't be delivered. Anybody can forge that, and some
   * errors are transient (RFC 1122 section 3.2.2.1). So the probe is still waited for, and counts as lost for that
   * reason if no reply arrives.
   */
  receiveIcmp(error: IcmpArrival): void {
    const sequence = this.#sequenceOf(error);
    this.#statistics.addIcmpError(error);
    this.#trial?.addIcmp(error);
    if (sequence !== undefined) this.#ledger.nameByIcmp(sequence);
    this.#records?.tellIcmp(error, sequence);
  }

  /**
   * Records when this host dropped datagrams; the total is in the result's `hostDrops`.
   *
   * @param count  datagrams dropped since the last call
   * @param atNs   when that was noticed
   */
  hostDropped(count: number, atNs: number): void {
    this.#statistics.addHostDrops(count, atNs);
    this.#records?.tellHostDrops(count, atNs);
  }

  /**
   * Records that this program ran later than planned; less than two milliseconds are ignored.
   *
   * @param atNs  when it resumed
   */
  stalled(delayNs: number, atNs: number): void {
    if (delayNs < STALL_NS) return;
    this.#statistics.addStall(delayNs, atNs);
    this.#records?.tellStall(delayNs, atNs);
  }

  /** Records that probes now leave from another address; their numbers and counts continue. */
  addressChanged(change: AddressChange): void {
    this.#records?.tellAddressChange(change);
  }

  /**
   * Settles overdue probes, and those before them. Call it at `nextTimeoutNs`, and as often as you like before that.
   *
   * @param atMost  how many to settle: thousands may wait behind a lost probe, and settling all of them takes longer
   * than a fast schedule permits
   */
  sweep(nowNs: number, atMost = Infinity): void {
    const end = this.#ledger.settled + atMost;
    while (this.#ledger.settled < end) {
      const sequence = this.#ledger.settled;
      const outcome = this.#ledger.settleNext(nowNs);
      if (outcome === undefined) return;
      this.#settle(sequence, outcome, nowNs);
    }
  }

  /** Ends now: stops sending and waiting. A probe that still has time to be answered is in no count. */
  end(nowNs: number): void {
    this.stop();
    const ledger = this.#ledger;
    for (let sequence = ledger.settled; sequence < ledger.next; sequence++) {
      if (!ledger.isWaiting(sequence) || ledger.isOverdue(sequence, nowNs)) continue;
      ledger.leaveOut(sequence);
      this.#statistics.leaveOut(ledger.streamOf(sequence), ledger.sentNsOf(sequence));
      this.#leftOut++;
    }
    this.sweep(nowNs);
  }

  /** The interim result. */
  interim(nowNs: number): InterimResult {
    return this.#statistics.interim(nowNs);
  }

  /** The part of the result that the session knows. @param sourcePorts  the port of each stream */
  summary(sourcePorts: readonly number[]): SessionSummary {
    return {
      ...this.#statistics.summary(sourcePorts, this.#schedule),
      ...(this.#reflections?.summary() ?? NO_REFLECTION),
      isCutShort: this.#isCutShort,
      leftOut: this.#leftOut,
      ...(this.#trial !== undefined && { trial: this.#trial.summary() }),
    };
  }

  /** @returns the intended send time of the due probe; `undefined` if none is due */
  #takeSlot(nowNs: number): number | undefined {
    const { nextNs, skipped } = this.#schedule;
    const intendedNs = this.#schedule.take(nowNs);
    const slots = this.#schedule.skipped - skipped;
    if (slots > 0) this.#records?.tellSkipped(slots, nextNs);
    return intendedNs;
  }

  /** The probe that an ICMP error is about, if known. */
  #sequenceOf({ view, start, quotedBytes, port, beforeTicket }: IcmpArrival): number | undefined {
    if (quotedBytes === 0) return this.#ledger.oldestPendingOf(port, beforeTicket);
    const sequence = this.#protocol.quotedSequence(view, start, quotedBytes, port);
    return sequence === undefined || sequence >= this.#ledger.next ? undefined : sequence;
  }

  /** The network did not lose a late reply, but it is not a sample of the delay either. */
  #settleLate({ sequence, receivedNs }: Observation): void {
    // It arrived before the sweep that would have counted its probe as lost.
    if (sequence >= this.#ledger.settled) this.sweep(receivedNs);
    this.#ledger.receiveLate(sequence);
  }

  #settle(sequence: number, outcome: Outcome, nowNs: number): void {
    const stream = this.#ledger.streamOf(sequence);
    const sentNs = this.#ledger.sentNsOf(sequence);
    if (outcome === OUTCOME.received) {
      this.#statistics.settle(stream, sentNs, this.#ledger.rttNsOf(sequence));
      this.#trial?.settle(false);
      this.#reflections?.settle(sequence, true);
    } else if (outcome === OUTCOME.lost || outcome === OUTCOME.namedByIcmp) {
      if (outcome === OUTCOME.namedByIcmp) this.#statistics.addNamedByIcmp(sentNs);
      this.#statistics.settle(stream, sentNs, undefined);
      this.#trial?.settle(true);
      this.#reflections?.settle(sequence, false);
      this.#records?.tellTimeout(sequence, nowNs);
    } else {
      this.#statistics.skip(stream);
      this.#reflections?.skip(sequence, outcome === OUTCOME.leftOut);
    }
  }
}
