// SPDX-License-Identifier: MIT
// One measurement without its sockets and clocks: which probe is due, what a datagram that came
// means, when a probe is lost. Runners of either engine call it; every time is a number of
// nanoseconds since the session's start on a monotonic clock.

import {
  STRANGER,
  UNKNOWN_NS,
  type Arrival,
  type IcmpArrival,
  type ProbeSink,
} from '../../socket/probe-channel.ts';
import type { ProbeFields } from '../../wire/probe.ts';
import type { WallTime } from '../../wire/timestamp.ts';
import type { InterimResult } from './interim-result.ts';
import { InFlight, OUTCOME, ringCapacity } from './in-flight.ts';
import { openProtocol } from '../protocols/open-protocol.ts';
import type {
  ProbeProtocol,
  ProtocolName,
  ReflectingProtocol,
} from '../protocols/probe-protocol.ts';
import type {
  DuplicateRecord,
  InTimeRecord,
  LateRecord,
  ProbeRecord,
  ReflectionTimes,
  SendTimes,
} from './probe-record.ts';
import {
  NO_REFLECTION,
  ReflectionStatistics,
  type ReflectionSummary,
} from './reflection-statistics.ts';
import { Schedule, type ScheduleKind } from './schedule.ts';
import { SessionStatistics, type StatisticsSummary } from './session-statistics.ts';

export interface SessionPlan {
  readonly schedule: ScheduleKind;
  readonly intervalNs: number;
  /** Probes to send; Infinity goes on until stopped. */
  readonly count: number;
  /** How long to send; Infinity goes on until stopped. */
  readonly durationNs: number;
  /** A probe without a reply for so long is lost; a reply after that is late. */
  readonly timeoutNs: number;
  readonly payloadBytes: number;
  /** Source ports; probes take turns. */
  readonly streams: number;
  /** Two random 32-bit words that tell one session's probes from another's. */
  readonly nonce: readonly [high: number, low: number];
  readonly protocol: ProtocolName;
  /** Authenticates STAMP packets. */
  readonly key: Uint8Array | undefined;
}

/** What a session knows of its own result. */
export type SessionSummary = StatisticsSummary &
  ReflectionSummary & {
    /** True where it was stopped before all was sent. */
    readonly isCutShort: boolean;
    /** Probes that still had time to be answered at the end, and are in no count. */
    readonly leftOut: number;
  };

/** Told of each probe's fate as it becomes known. */
export type RecordListener = (record: ProbeRecord) => void;

/** A program that runs so much later than it meant to is held up; Node's timers are as late as half of it. */
const HELD_UP_NS = 2e6;

/** It is told of what comes by a probe channel, whose tickets are the sequence numbers of its probes. */
export class Session implements ProbeSink {
  readonly statistics: SessionStatistics;
  readonly schedule: Schedule;
  readonly #plan: SessionPlan;
  readonly #protocol: ProbeProtocol;
  /** Where the protocol says more than that a probe came back; a plain echo costs nothing for it. */
  readonly #reflecting: ReflectingProtocol | undefined;
  readonly #reflections: ReflectionStatistics | undefined;
  readonly #inFlight: InFlight;
  readonly #onRecord: RecordListener | undefined;
  readonly #fields: ProbeFields = { stream: 0, sequence: 0, intendedAtNs: 0, sentAtNs: 0 };
  /** Sequence number of the next probe: all below were prepared. */
  #next = 0;
  /** All below are settled: received, lost or never sent. */
  #settled = 0;
  /** Below it no reply is waited for. */
  #oldestWaiting = 0;
  /** None below is pending: of those that are waited for, ICMP errors name all. */
  #oldestPending = 0;
  #isStopped = false;
  #isCutShort = false;
  #leftOut = 0;

  /** @param onRecord  without a listener no record is made */
  constructor(plan: SessionPlan, onRecord?: RecordListener) {
    this.#plan = plan;
    const protocol = openProtocol(plan);
    const capacity = ringCapacity(1e9 / plan.intervalNs, plan.timeoutNs);
    this.#protocol = protocol;
    this.#inFlight = new InFlight(capacity);
    if ('reflection' in protocol) {
      this.#reflecting = protocol;
      this.#reflections = new ReflectionStatistics(protocol, plan.streams, capacity);
    }
    const onSkip = (slotNs: number): void => {
      this.statistics.echogram.skipped(slotNs);
    };
    this.schedule = new Schedule({ ...plan, kind: plan.schedule }, plan.nonce[1], onSkip);
    this.statistics = new SessionStatistics(plan.streams, plan.intervalNs);
    this.#onRecord = onRecord;
  }

  /** What the wall clock shows at the session's start, for protocols that write it. Before the first probe. */
  setStart(wall: Readonly<WallTime>): void {
    this.#reflecting?.setStart(wall);
  }

  /** When the next probe is due; `undefined` where no more will be sent. */
  get nextSendNs(): number | undefined {
    return this.#isStopped || this.schedule.isOver ? undefined : this.schedule.nextNs;
  }

  /** When the oldest probe without a reply will be lost; `undefined` where none is waited for. */
  get nextTimeoutNs(): number | undefined {
    while (this.#oldestWaiting < this.#next && !this.#isWaiting(this.#oldestWaiting)) {
      this.#oldestWaiting++;
    }
    if (this.#oldestWaiting === this.#next) return undefined;
    return this.#inFlight.sentNsOf(this.#oldestWaiting) + this.#plan.timeoutNs;
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
    const sequence = this.#next++;
    const stream = this.#streamOf(sequence);
    const fields = this.#fields;
    fields.stream = stream;
    fields.sequence = sequence;
    fields.intendedAtNs = Math.round(intendedNs);
    fields.sentAtNs = Math.round(nowNs);
    this.#protocol.encode(view, fields, start);
    this.#inFlight.add(sequence, intendedNs, nowNs);
    this.statistics.addSent(stream, nowNs, nowNs - intendedNs);
    return stream;
  }

  /**
   * The system refused to send a probe: it was never on its way, so it can't be lost. A firewall of this host may
   * have made an ICMP error of it beside.
   */
  failSend(sequence: number, systemCode: string, nowNs: number): void {
    if (!this.#isWaiting(sequence)) return;
    const stream = this.#streamOf(sequence);
    this.#inFlight.settle(sequence, OUTCOME.none);
    this.statistics.addSendFailure(stream, this.#inFlight.sentNsOf(sequence), systemCode);
    this.#onRecord?.({ type: 'send-failed', sequence, stream, atNs: nowNs, systemCode });
  }

  /** The sequence number of the probe prepared last. */
  get lastSequence(): number {
    return this.#next - 1;
  }

  /**
   * The kernel tells when it handed a probe to the device. Where that is before the probe was made, or
   * still to come, its clock was stepped, and the time is not used.
   */
  stampSent(sequence: number, kernelSentNs: number, nowNs: number): void {
    if (!this.#isWaiting(sequence)) return;
    if (kernelSentNs < this.#inFlight.sentNsOf(sequence) || kernelSentNs > nowNs) return;
    this.#inFlight.stampSent(sequence, kernelSentNs);
  }

  receive(arrival: Arrival): void {
    const { payloadBytes, receivedNs } = arrival;
    if (arrival.peer === STRANGER) {
      this.#receiveStray(payloadBytes, receivedNs);
      return;
    }
    const { view, start, port } = arrival;
    const verdict = this.#protocol.decode(view, this.#fields, start, payloadBytes, port);
    if (verdict === 'intact') {
      this.#receiveReply(arrival);
    } else if (verdict === 'foreign') {
      this.#receiveStray(payloadBytes, receivedNs);
    } else if (verdict === 'unaltered') {
      this.#reflections?.addUnaltered();
      this.#onRecord?.({ type: 'unaltered', atNs: receivedNs, payloadBytes });
    } else {
      if (verdict === 'unauthenticated') this.#reflections?.addUnauthenticated();
      else if (verdict !== 'corrupted') this.statistics.addAlteration(verdict);
      this.#receiveCorrupted(payloadBytes, receivedNs);
    }
  }

  /**
   * Counts an ICMP error: a host or a router said that a probe can't be delivered. Anybody can forge that, and some
   * errors pass (RFC 1122 section 3.2.2.1): the probe is waited for, and lost for that reason where no reply comes.
   */
  receiveIcmp(error: IcmpArrival): void {
    const { systemCode, from, icmpType, icmpCode } = error;
    const refusal = { systemCode, from, icmpType, icmpCode };
    this.statistics.addRefused(refusal);
    const sequence = this.#sequenceOf(error) ?? null;
    if (sequence !== null && this.#inFlight.outcomeOf(sequence) === OUTCOME.pending) {
      this.#inFlight.settle(sequence, OUTCOME.refused);
    }
    this.#onRecord?.({ type: 'refused', atNs: error.receivedNs, sequence, ...refusal });
  }

  /**
   * Tells when this host dropped datagrams; the total is in the result's `hostDrops`.
   *
   * @param count  dropped since this was last told
   * @param atNs   when that was noticed
   */
  hostDropped(count: number, atNs: number): void {
    this.statistics.echogram.hostDropped(count, atNs);
    this.#onRecord?.({ type: 'host-dropped', atNs, datagrams: count });
  }

  /**
   * Tells that this program ran later than it had meant to; less than two milliseconds are not told.
   *
   * @param atNs  when it went on
   */
  heldUp(delayNs: number, atNs: number): void {
    if (delayNs < HELD_UP_NS) return;
    this.statistics.echogram.heldUp(delayNs, atNs);
    this.#onRecord?.({ type: 'held-up', atNs, delayNs: Math.round(delayNs) });
  }

  /**
   * Settles what is overdue, and those before it. Call it at `nextTimeoutNs`, and as often as you like
   * before.
   *
   * @param atMost  how many; behind a lost probe thousands may wait, and settling them all takes longer
   * than a fast schedule leaves
   */
  sweep(nowNs: number, atMost = Infinity): void {
    const end = Math.min(this.#next, this.#settled + atMost);
    for (; this.#settled < end; this.#settled++) {
      const sequence = this.#settled;
      const outcome = this.#inFlight.outcomeOf(sequence);
      if (outcome === OUTCOME.received) {
        this.#settle(sequence, this.#inFlight.rttNsOf(sequence));
      } else if (this.#isWaiting(sequence)) {
        if (nowNs - this.#inFlight.sentNsOf(sequence) <= this.#plan.timeoutNs) return;
        if (outcome === OUTCOME.refused) {
          this.statistics.echogram.refused(this.#inFlight.sentNsOf(sequence));
        }
        this.#lose(sequence);
        this.#tellTimeout(sequence, nowNs);
      } else {
        this.statistics.skip(this.#streamOf(sequence));
        this.#reflections?.skip(sequence, outcome === OUTCOME.leftOut);
      }
    }
  }

  /**
   * Ends now: sends no more, and waits for nothing. A probe that still has time to be answered is left out of
   * all counts, as nobody can know what becomes of it.
   */
  end(nowNs: number): void {
    this.stop();
    for (let sequence = this.#settled; sequence < this.#next; sequence++) {
      if (!this.#isWaiting(sequence)) continue;
      const sentNs = this.#inFlight.sentNsOf(sequence);
      if (nowNs - sentNs > this.#plan.timeoutNs) continue;
      this.#inFlight.settle(sequence, OUTCOME.leftOut);
      this.statistics.leaveOut(this.#streamOf(sequence), sentNs);
      this.#leftOut++;
    }
    this.sweep(nowNs);
  }

  /** What is known so far. */
  interim(nowNs: number): InterimResult {
    return this.statistics.interim(nowNs);
  }

  /** What the session itself knows of its result. @param sourcePorts  the port of each stream */
  summary(sourcePorts: readonly number[]): SessionSummary {
    return {
      ...this.statistics.summary(sourcePorts, this.schedule),
      ...(this.#reflections?.summary() ?? NO_REFLECTION),
      isCutShort: this.#isCutShort,
      leftOut: this.#leftOut,
    };
  }

  /** @returns when the probe that is due was to be sent; `undefined` where none is due */
  #takeSlot(nowNs: number): number | undefined {
    const { nextNs, skipped } = this.schedule;
    const intendedNs = this.schedule.take(nowNs);
    const slots = this.schedule.skipped - skipped;
    if (slots > 0) this.#onRecord?.({ type: 'skipped', atNs: nextNs, slots });
    return intendedNs;
  }

  #streamOf(sequence: number): number {
    return sequence % this.#plan.streams;
  }

  /** A probe that an ICMP error names is waited for as well: the error is a hint, the reply is proof. */
  #isWaiting(sequence: number): boolean {
    const outcome = this.#inFlight.outcomeOf(sequence);
    return outcome === OUTCOME.pending || outcome === OUTCOME.refused;
  }

  /** The first probe from `sequence` on that is pending; the next to be sent where none is. */
  #nextPending(sequence: number): number {
    let next = sequence;
    while (next < this.#next && this.#inFlight.outcomeOf(next) !== OUTCOME.pending) next++;
    return next;
  }

  #lose(sequence: number): void {
    this.#inFlight.settle(sequence, OUTCOME.lost);
    this.#settle(sequence, undefined);
  }

  #settle(sequence: number, rttNs: number | undefined): void {
    const sentNs = this.#inFlight.sentNsOf(sequence);
    this.statistics.settle(this.#streamOf(sequence), sentNs, rttNs);
    this.#reflections?.settle(sequence, rttNs !== undefined);
  }

  /** The probe that an ICMP error is about, where that is known. */
  #sequenceOf({ view, start, quotedBytes, port, beforeTicket }: IcmpArrival): number | undefined {
    if (quotedBytes === 0) return this.#oldestPendingOf(port, Math.min(beforeTicket, this.#next));
    const sequence = this.#protocol.quotedSequence(view, start, quotedBytes, port);
    return sequence === undefined || sequence >= this.#next ? undefined : sequence;
  }

  /**
   * The oldest probe of a source port that waits for its reply and no ICMP error names, of those before `end`:
   * errors come about in the order of the probes.
   */
  #oldestPendingOf(stream: number, end: number): number | undefined {
    this.#oldestPending = this.#nextPending(this.#oldestPending);
    let sequence = this.#oldestPending;
    while (sequence < end && this.#streamOf(sequence) !== stream) {
      sequence = this.#nextPending(sequence + 1);
    }
    return sequence >= end ? undefined : sequence;
  }

  #receiveStray(payloadBytes: number, receivedNs: number): void {
    this.statistics.addStray();
    this.#onRecord?.({ type: 'stray', atNs: receivedNs, payloadBytes });
  }

  #receiveCorrupted(payloadBytes: number, receivedNs: number): void {
    this.statistics.addCorrupted(receivedNs);
    this.#onRecord?.({ type: 'corrupted', atNs: receivedNs, payloadBytes });
  }

  #receiveReply({ receivedNs, kernelReceivedNs, payloadBytes }: Arrival): void {
    const { sequence } = this.#fields;
    const outcome = this.#inFlight.outcomeOf(sequence);
    // Never sent, or so long ago that nobody can tell a duplicate from a late reply.
    if (outcome === OUTCOME.none) {
      this.#receiveStray(payloadBytes, receivedNs);
      return;
    }
    if (this.#reflections !== undefined && !this.#saysWhenSent(sequence)) {
      this.#receiveOtherTime(sequence, payloadBytes, receivedNs);
      return;
    }
    const userSentNs = this.#inFlight.sentNsOf(sequence);
    const kernelSentNs = this.#inFlight.kernelSentNsOf(sequence);
    const sentNs = Number.isNaN(kernelSentNs) ? userSentNs : kernelSentNs;
    // Outside of what this program saw itself it is a clock's step.
    const isStamped = kernelReceivedNs >= sentNs && kernelReceivedNs <= receivedNs;
    const atNs = isStamped ? kernelReceivedNs : receivedNs;
    const delayNs = atNs - sentNs;
    const isFirst = outcome !== OUTCOME.received && outcome !== OUTCOME.late;
    const rttNs = this.#reflections === undefined ? delayNs : this.#reflect(sentNs, atNs);
    this.#reflections?.addReply(sequence, isFirst);
    if (!isFirst) {
      this.statistics.addDuplicate(atNs);
      this.#tell('duplicate', sequence, atNs, rttNs);
    } else if (outcome === OUTCOME.lost || delayNs > this.#plan.timeoutNs) {
      this.#receiveLate(sequence, receivedNs);
      this.#tell('late', sequence, atNs, rttNs);
    } else {
      const isPaired = isStamped && sentNs === kernelSentNs;
      const overheadNs = isPaired ? Math.round(receivedNs - userSentNs - delayNs) : UNKNOWN_NS;
      this.#receiveInTime(sequence, atNs, Math.round(rttNs), overheadNs);
    }
  }

  /**
   * A reply repeats when its probe was sent, which no stranger off the path can know to the nanosecond, and
   * no changed number goes with.
   */
  #saysWhenSent(sequence: number): boolean {
    return this.#fields.sentAtNs === Math.round(this.#inFlight.sentNsOf(sequence));
  }

  /** A reply says another time than its probe's; ours may be where that of the reply belongs. */
  #receiveOtherTime(sequence: number, payloadBytes: number, receivedNs: number): void {
    const sentNs = Math.round(this.#inFlight.sentNsOf(sequence));
    const isSwapped = this.#reflecting?.reflection.sentNs === sentNs;
    if (isSwapped) this.statistics.addAlteration('swapped-times');
    this.#receiveCorrupted(payloadBytes, receivedNs);
  }

  /** The round-trip time without what the other end says that it kept the probe. */
  #reflect(sentNs: number, receivedNs: number): number {
    this.#reflections!.readTimes(sentNs, receivedNs);
    const { residenceNs } = this.#reflections!;
    const delayNs = receivedNs - sentNs;
    return Number.isNaN(residenceNs) ? delayNs : Math.max(0, delayNs - residenceNs);
  }

  /** For a record; nothing where nothing is known. */
  #reflectionTimes(): Partial<ReflectionTimes> {
    const { residenceNs, forwardNs, backwardNs } = this.#reflections!;
    if (Number.isNaN(residenceNs)) return {};
    const zeroNs = this.#reflecting?.clockZeroNs;
    return {
      residenceNs,
      forwardDelayNs: zeroNs === undefined ? null : forwardNs + zeroNs,
      backwardDelayNs: zeroNs === undefined ? null : backwardNs - zeroNs,
    };
  }

  #receiveInTime(sequence: number, atNs: number, rttNs: number, userToKernelNs: number): void {
    const stream = this.#streamOf(sequence);
    this.#inFlight.settleReceived(sequence, rttNs);
    const responseNs = Math.round(atNs - this.#inFlight.intendedNsOf(sequence));
    const isReordered = this.statistics.addReceived(
      sequence,
      stream,
      this.#inFlight.sentNsOf(sequence),
      rttNs,
      responseNs,
      userToKernelNs,
    );
    this.#reflections?.keepTimes(sequence);
    if (this.#onRecord === undefined) return;
    const times = this.#sendTimesOf(sequence);
    this.#tellReply({ type: 'reply', sequence, stream, atNs, rttNs, isReordered, ...times });
  }

  #tellTimeout(sequence: number, atNs: number): void {
    if (this.#onRecord === undefined) return;
    const stream = this.#streamOf(sequence);
    this.#onRecord({ type: 'timeout', sequence, stream, atNs, ...this.#sendTimesOf(sequence) });
  }

  #sendTimesOf(sequence: number): SendTimes {
    const sentNs = this.#inFlight.sentNsOf(sequence);
    const sendErrorNs = Math.round(sentNs - this.#inFlight.intendedNsOf(sequence));
    return { sentNs: Math.round(sentNs), sendErrorNs };
  }

  #tellReply(record: InTimeRecord | DuplicateRecord | LateRecord): void {
    if (this.#onRecord === undefined) return;
    this.#onRecord(
      this.#reflections === undefined ? record : { ...record, ...this.#reflectionTimes() },
    );
  }

  #tell(type: 'duplicate' | 'late', sequence: number, atNs: number, rttNs: number): void {
    const stream = this.#streamOf(sequence);
    this.#tellReply({ type, sequence, stream, atNs, rttNs: Math.round(rttNs) });
  }

  /** A late reply is no loss of the network's, and no sample of its delay either. */
  #receiveLate(sequence: number, receivedNs: number): void {
    // It came before the sweep that would have lost it.
    if (sequence >= this.#settled) this.sweep(receivedNs);
    this.#inFlight.settle(sequence, OUTCOME.late);
    this.statistics.addLate(this.#streamOf(sequence), this.#inFlight.sentNsOf(sequence));
    this.#reflections?.addLate(sequence);
  }
}
