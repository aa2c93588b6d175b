// SPDX-License-Identifier: MIT
// One measurement without its sockets and clocks: which probe is due, what a datagram that came
// means, when a probe is lost. Either engine calls it; every time is a number of
// nanoseconds since the session's start on a monotonic clock.

import type { AddressChange } from '../../socket/address-change.ts';
import type { Arrival, IcmpArrival, ProbeSink } from '../../socket/probe-channel.ts';
import type { ProbeFields } from '../../wire/probe.ts';
import type { WallTime } from '../../wire/timestamp.ts';
import { openProtocol } from '../protocols/open-protocol.ts';
import type { ProbeProtocol, ReflectingProtocol } from '../protocols/probe-protocol.ts';
import { OUTCOME, type Outcome } from './in-flight.ts';
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
import { Schedule } from './schedule.ts';
import type { SessionPlan } from './session-plan.ts';
import { SessionRecords } from './session-records.ts';
import { SessionStatistics, type StatisticsSummary } from './session-statistics.ts';

/** What a session knows of its own result. */
export type SessionSummary = StatisticsSummary &
  ReflectionSummary & {
    /** True where it was stopped before all was sent. */
    readonly isCutShort: boolean;
    /** Probes that still had time to be answered at the end, and are in no count. */
    readonly leftOut: number;
  };

/** A program that runs so much later than it meant to stalls; Node's timers are as late as half of it. */
const STALL_NS = 2e6;

/**
 * The tickets of its channel are the sequence numbers of its probes. Its memory does not grow with their number: some
 * 0.13 MB, of which histograms take most; 41 bytes for each probe of the timeout and 10 s, 41 KiB at least; and 3.5 MB
 * for a picture.
 */
export class Session implements ProbeSink {
  readonly #schedule: Schedule;
  readonly #protocol: ProbeProtocol;
  /** Where the protocol says more than that a probe came back; a plain echo costs nothing for it. */
  readonly #reflecting: ReflectingProtocol | undefined;
  readonly #ledger: ProbeLedger;
  readonly #matcher: ReplyMatcher;
  readonly #statistics: SessionStatistics;
  readonly #reflections: ReflectionStatistics | undefined;
  readonly #records: SessionRecords | undefined;
  readonly #fields: ProbeFields = { stream: 0, sequence: 0, intendedAtNs: 0, sentAtNs: 0 };
  #isStopped = false;
  #isCutShort = false;
  #leftOut = 0;

  /** @param onRecord  without a listener no record is made */
  constructor(plan: SessionPlan, onRecord?: RecordListener) {
    const protocol = openProtocol(plan);
    const ledger = new ProbeLedger(plan);
    const statistics = new SessionStatistics(plan);
    this.#protocol = protocol;
    this.#ledger = ledger;
    this.#matcher = new ReplyMatcher(protocol, ledger, plan.timeoutNs);
    this.#statistics = statistics;
    if ('reflection' in protocol) {
      this.#reflecting = protocol;
      this.#reflections = new ReflectionStatistics(protocol, plan.streams, ledger.capacity);
    }
    this.#schedule = new Schedule({ ...plan, kind: plan.schedule }, plan.nonce[1], (slotNs) => {
      statistics.addSkipped(slotNs);
    });
    if (onRecord === undefined) return;
    this.#records = new SessionRecords(onRecord, ledger, this.#reflecting);
  }

  /** What the wall clock shows at the session's start, for protocols that write it. Before the first probe. */
  setStart(wall: Readonly<WallTime>): void {
    this.#reflecting?.setStart(wall);
  }

  /** When the next probe is due; `undefined` where no more will be sent. */
  get nextSendNs(): number | undefined {
    return this.#isStopped || this.#schedule.isOver ? undefined : this.#schedule.nextNs;
  }

  /** When the oldest probe without a reply will be lost; `undefined` where none is waited for. */
  get nextTimeoutNs(): number | undefined {
    return this.#ledger.nextTimeoutNs;
  }

  /** True when nothing will be sent and nothing is waited for. */
  get isOver(): boolean {
    return this.nextSendNs === undefined && this.nextTimeoutNs === undefined;
  }

  /** Sends no more; replies are waited for as before. */
  stop(): void {
    if (this.nextSendNs !== undefined) this.#isCutShort = true;
    this.#isStopped = true;
  }

  /**
   * Writes the probe that is due into `view`, from byte `start` on. It must be sent at once.
   *
   * @returns the index of the source port to send from, or `undefined` where none is due
   */
  prepare(nowNs: number, view: DataView, start = 0): number | undefined {
    if (this.nextSendNs === undefined) return undefined;
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
   * The system refused to send a probe: it was never on its way, so it can't be lost. A firewall of this host may
   * have made an ICMP error of it beside.
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
    const isReordered = this.#statistics.add(seen);
    this.#records?.tellArrival(seen, isReordered);
  }

  /**
   * Counts an ICMP error: a host or a router said that a probe can't be delivered. Anybody can forge that, and some
   * errors pass (RFC 1122 section 3.2.2.1): the probe is waited for, and lost for that reason where no reply comes.
   */
  receiveIcmp(error: IcmpArrival): void {
    const sequence = this.#sequenceOf(error);
    this.#statistics.addIcmpError(error);
    if (sequence !== undefined) this.#ledger.nameByIcmp(sequence);
    this.#records?.tellIcmp(error, sequence);
  }

  /**
   * Tells when this host dropped datagrams; the total is in the result's `hostDrops`.
   *
   * @param count  dropped since this was last told
   * @param atNs   when that was noticed
   */
  hostDropped(count: number, atNs: number): void {
    this.#statistics.addHostDrops(count, atNs);
    this.#records?.tellHostDrops(count, atNs);
  }

  /**
   * Tells that this program ran later than it had meant to; less than two milliseconds are not told.
   *
   * @param atNs  when it went on
   */
  stalled(delayNs: number, atNs: number): void {
    if (delayNs < STALL_NS) return;
    this.#statistics.addStall(delayNs, atNs);
    this.#records?.tellStall(delayNs, atNs);
  }

  /** Tells that probes leave from another address from now on; their numbers and counts go on. */
  addressChanged(change: AddressChange): void {
    this.#records?.tellAddressChange(change);
  }

  /**
   * Settles what is overdue, and those before it. Call it at `nextTimeoutNs`, and as often as you like before.
   *
   * @param atMost  how many; behind a lost probe thousands may wait, and settling them all takes longer
   * than a fast schedule leaves
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

  /** Ends now: sends no more, and waits for nothing. A probe that still has time to be answered is in no count. */
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

  /** What is known so far. */
  interim(nowNs: number): InterimResult {
    return this.#statistics.interim(nowNs);
  }

  /** What the session itself knows of its result. @param sourcePorts  the port of each stream */
  summary(sourcePorts: readonly number[]): SessionSummary {
    return {
      ...this.#statistics.summary(sourcePorts, this.#schedule),
      ...(this.#reflections?.summary() ?? NO_REFLECTION),
      isCutShort: this.#isCutShort,
      leftOut: this.#leftOut,
    };
  }

  /** @returns when the probe that is due was to be sent; `undefined` where none is due */
  #takeSlot(nowNs: number): number | undefined {
    const { nextNs, skipped } = this.#schedule;
    const intendedNs = this.#schedule.take(nowNs);
    const slots = this.#schedule.skipped - skipped;
    if (slots > 0) this.#records?.tellSkipped(slots, nextNs);
    return intendedNs;
  }

  /** The probe that an ICMP error is about, where that is known. */
  #sequenceOf({ view, start, quotedBytes, port, beforeTicket }: IcmpArrival): number | undefined {
    if (quotedBytes === 0) return this.#ledger.oldestPendingOf(port, beforeTicket);
    const sequence = this.#protocol.quotedSequence(view, start, quotedBytes, port);
    return sequence === undefined || sequence >= this.#ledger.next ? undefined : sequence;
  }

  /** A late reply was not lost by the network, and is not a sample of its delay either. */
  #settleLate({ sequence, receivedNs }: Observation): void {
    // It came before the sweep that would have lost it.
    if (sequence >= this.#ledger.settled) this.sweep(receivedNs);
    this.#ledger.receiveLate(sequence);
  }

  #settle(sequence: number, outcome: Outcome, nowNs: number): void {
    const stream = this.#ledger.streamOf(sequence);
    const sentNs = this.#ledger.sentNsOf(sequence);
    if (outcome === OUTCOME.received) {
      this.#statistics.settle(stream, sentNs, this.#ledger.rttNsOf(sequence));
      this.#reflections?.settle(sequence, true);
    } else if (outcome === OUTCOME.lost || outcome === OUTCOME.namedByIcmp) {
      if (outcome === OUTCOME.namedByIcmp) this.#statistics.addNamedByIcmp(sentNs);
      this.#statistics.settle(stream, sentNs, undefined);
      this.#reflections?.settle(sequence, false);
      this.#records?.tellTimeout(sequence, nowNs);
    } else {
      this.#statistics.skip(stream);
      this.#reflections?.skip(sequence, outcome === OUTCOME.leftOut);
    }
  }
}
