// SPDX-License-Identifier: MIT
// One measurement without its sockets and clocks: which probe is due, what a datagram that came
// means, when a probe is lost. Runners of either engine call it; every time is a number of
// nanoseconds since the session's start on a monotonic clock.

import { ProbeCodec, type ProbeFields } from '../wire/probe.ts';
import { InFlight, OUTCOME, ringCapacity } from './in-flight.ts';
import type { ProbeRecord } from './probe-record.ts';
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
  /** Two random 32-bit words that tell this session's probes from others'. */
  readonly nonce: readonly [high: number, low: number];
}

/** Told of each probe's fate as it becomes known. */
export type RecordListener = (record: ProbeRecord) => void;

export class Session {
  readonly statistics: SessionStatistics;
  readonly schedule: Schedule;
  readonly #plan: SessionPlan;
  readonly #codec: ProbeCodec;
  readonly #inFlight: InFlight;
  readonly #onRecord: RecordListener;
  readonly #fields: ProbeFields = { stream: 0, sequence: 0, intendedAtNs: 0, sentAtNs: 0 };
  /** Sequence number of the next probe: all below were prepared. */
  #next = 0;
  /** All below are settled: received, lost or never sent. */
  #settled = 0;
  #isStopped = false;

  constructor(plan: SessionPlan, onRecord: RecordListener) {
    this.#plan = plan;
    this.#codec = new ProbeCodec(plan.nonce, plan.payloadBytes);
    this.#inFlight = new InFlight(ringCapacity(1e9 / plan.intervalNs, plan.timeoutNs));
    this.statistics = new SessionStatistics(plan.streams, plan.intervalNs);
    const onSkip = (slotNs: number): void => {
      this.statistics.echogram.skipped(slotNs);
    };
    this.schedule = new Schedule({ ...plan, kind: plan.schedule }, plan.nonce[1], onSkip);
    this.#onRecord = onRecord;
  }

  /** When the next probe is due; `undefined` where no more will be sent. */
  get nextSendNs(): number | undefined {
    return this.#isStopped || this.schedule.isOver ? undefined : this.schedule.nextNs;
  }

  /** When the oldest probe without a reply will be lost; `undefined` where none is waited for. */
  get nextTimeoutNs(): number | undefined {
    for (let sequence = this.#settled; sequence < this.#next; sequence++) {
      if (this.#inFlight.outcomeOf(sequence) === OUTCOME.pending) {
        return this.#inFlight.sentNsOf(sequence) + this.#plan.timeoutNs;
      }
    }
    return undefined;
  }

  /** True when nothing will be sent and nothing is waited for. */
  get isOver(): boolean {
    return this.nextSendNs === undefined && this.nextTimeoutNs === undefined;
  }

  /** Sends no more; replies are waited for as before. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Writes the probe that is due into `view`, which must be sent at once.
   *
   * @returns the index of the source port to send from, or `undefined` where none is due
   */
  prepare(nowNs: number, view: DataView): number | undefined {
    if (this.nextSendNs === undefined) return undefined;
    const intendedNs = this.schedule.take(nowNs);
    if (intendedNs === undefined) return undefined;
    const sequence = this.#next++;
    const stream = this.#streamOf(sequence);
    const fields = this.#fields;
    fields.stream = stream;
    fields.sequence = sequence;
    fields.intendedAtNs = Math.round(intendedNs);
    fields.sentAtNs = Math.round(nowNs);
    this.#codec.encode(view, fields);
    this.#inFlight.add(sequence, intendedNs, nowNs);
    this.statistics.addSent(stream, nowNs, nowNs - intendedNs);
    return stream;
  }

  /** The system refused to send a probe: it was never on its way, so it can't be lost. */
  failSend(sequence: number, systemCode: string, nowNs: number): void {
    if (this.#inFlight.outcomeOf(sequence) !== OUTCOME.pending) return;
    const stream = this.#streamOf(sequence);
    this.#inFlight.settle(sequence, OUTCOME.none);
    this.statistics.addSendFailure(stream, this.#inFlight.sentNsOf(sequence), systemCode);
    this.#onRecord({ type: 'send-failed', sequence, stream, atNs: nowNs, systemCode });
  }

  /** The sequence number of the probe prepared last. */
  get lastSequence(): number {
    return this.#next - 1;
  }

  /**
   * Takes a datagram that came from the address that is measured.
   *
   * @param view         its payload
   * @param receivedNs   when it came
   */
  receive(view: DataView, receivedNs: number): void {
    const fields = this.#fields;
    const verdict = this.#codec.decode(view, fields);
    if (verdict !== 'intact') {
      if (verdict === 'corrupted') this.statistics.addCorrupted();
      else this.statistics.addStray();
      this.#onRecord({
        type: verdict === 'corrupted' ? 'corrupted' : 'stray',
        atNs: receivedNs,
        payloadBytes: view.byteLength,
      });
      return;
    }
    this.#receiveReply(fields.sequence, receivedNs);
  }

  /** Counts a datagram from an address that was not asked. */
  receiveStray(payloadBytes: number, receivedNs: number): void {
    this.statistics.addStray();
    this.#onRecord({ type: 'stray', atNs: receivedNs, payloadBytes });
  }

  /** Counts an ICMP error: a host or a router said that a probe can't be delivered. */
  receiveRefusal(systemCode: string, nowNs: number): void {
    this.statistics.addRefused(systemCode);
    this.#onRecord({ type: 'refused', atNs: nowNs, systemCode });
  }

  /**
   * Tells when this host dropped replies, for the picture; the total is in the result's `hostDrops`.
   *
   * @param count  dropped since this was last told
   * @param atNs   when that was noticed
   */
  hostDropped(count: number, atNs: number): void {
    this.statistics.echogram.hostDropped(count, atNs);
  }

  /** Settles what is overdue. Call it at `nextTimeoutNs`, and as often as you like before. */
  sweep(nowNs: number): void {
    while (this.#settled < this.#next) {
      const sequence = this.#settled;
      const outcome = this.#inFlight.outcomeOf(sequence);
      if (outcome === OUTCOME.pending) {
        if (nowNs - this.#inFlight.sentNsOf(sequence) <= this.#plan.timeoutNs) return;
        this.#lose(sequence, nowNs);
      } else if (outcome === OUTCOME.received) {
        const rttNs = this.#inFlight.rttNsOf(sequence);
        this.statistics.settle(this.#streamOf(sequence), this.#inFlight.sentNsOf(sequence), rttNs);
      } else {
        this.statistics.skip();
      }
      this.#settled++;
    }
  }

  /** What the session itself knows of its result. @param sourcePorts  the port of each stream */
  summary(sourcePorts: readonly number[]): StatisticsSummary {
    return this.statistics.summary(sourcePorts, this.schedule);
  }

  #streamOf(sequence: number): number {
    return sequence % this.#plan.streams;
  }

  #lose(sequence: number, nowNs: number): void {
    const stream = this.#streamOf(sequence);
    this.#inFlight.settle(sequence, OUTCOME.lost);
    this.statistics.settle(stream, this.#inFlight.sentNsOf(sequence), undefined);
    this.#onRecord({ type: 'timeout', sequence, stream, atNs: nowNs });
  }

  #receiveReply(sequence: number, receivedNs: number): void {
    const outcome = this.#inFlight.outcomeOf(sequence);
    // Never sent, or so long ago that nobody can tell a duplicate from a late reply.
    if (outcome === OUTCOME.none) {
      this.receiveStray(this.#plan.payloadBytes, receivedNs);
      return;
    }
    const stream = this.#streamOf(sequence);
    const sentNs = this.#inFlight.sentNsOf(sequence);
    const delayNs = receivedNs - sentNs;
    const rttNs = Math.round(delayNs);
    const reply = { sequence, stream, atNs: receivedNs, rttNs };
    if (outcome === OUTCOME.received || outcome === OUTCOME.late) {
      this.statistics.addDuplicate();
      this.#onRecord({ type: 'duplicate', ...reply });
    } else if (outcome === OUTCOME.lost || delayNs > this.#plan.timeoutNs) {
      this.#receiveLate(sequence, receivedNs);
      this.#onRecord({ type: 'late', ...reply });
    } else {
      this.#inFlight.settleReceived(sequence, rttNs);
      const responseNs = Math.round(receivedNs - this.#inFlight.intendedNsOf(sequence));
      const received = { sequence, stream, sentNs, rttNs, responseNs };
      const isReordered = this.statistics.addReceived(received);
      this.#onRecord({ type: 'reply', ...reply, isReordered });
    }
  }

  /** A late reply is no loss of the network's, and no sample of its delay either. */
  #receiveLate(sequence: number, receivedNs: number): void {
    if (this.#inFlight.outcomeOf(sequence) === OUTCOME.pending) {
      // It came before the sweep that would have lost it.
      this.sweep(receivedNs);
    }
    this.#inFlight.settle(sequence, OUTCOME.late);
    this.statistics.addLate(this.#streamOf(sequence), this.#inFlight.sentNsOf(sequence));
  }
}
