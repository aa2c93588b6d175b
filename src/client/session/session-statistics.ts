// SPDX-License-Identifier: MIT
// Everything that a session counts, in constant memory. Each statistic gets its input in the order that it needs:
// replies as they arrive, final outcomes in send order.

import { Distribution, type DistributionSummary } from '../../stats/distribution.ts';
import { Echogram, type EchogramSummary } from '../../stats/echogram.ts';
import { Histogram } from '../../stats/histogram.ts';
import { Ipdv } from '../../stats/ipdv.ts';
import { Loss } from '../../stats/loss.ts';
import { LossRuns } from '../../stats/loss-runs.ts';
import { Pace } from '../../stats/pace.ts';
import { Pdv } from '../../stats/pdv.ts';
import { SmoothedJitter } from '../../stats/smoothed-jitter.ts';
import { IcmpErrorTable, type IcmpError } from './icmp-error-table.ts';
import type { InterimResult } from './interim-result.ts';
import type { Observation } from './observation.ts';
import { rateLimitOf } from './rate-limit.ts';
import type { Schedule } from './schedule.ts';
import type { DatagramCounts, SessionResult } from './session-result.ts';
import { StreamStatistics } from './stream-statistics.ts';

/** The part of a result that the session's statistics know. */
export type StatisticsSummary = Pick<
  SessionResult,
  | 'datagrams'
  | 'icmpErrors'
  | 'alterations'
  | 'lossRuns'
  | 'rttNs'
  | 'ipdvNs'
  | 'pdvNs'
  | 'smoothedJitterNs'
  | 'schedule'
  | 'streams'
  | 'sendFailures'
  | 'rateLimit'
> & {
  /** The picture, if the plan has one. */
  readonly echogram: EchogramSummary | null;
  /**
   * How much longer a round trip took as seen by this program than as seen by the kernel; `null` without kernel
   * timestamps.
   */
  readonly userToKernelNs: DistributionSummary | null;
  /** Replies in time that took longer than each of the plan's `rttLimitsNs`. */
  readonly rttsAbove: readonly number[];
};

/** The parts of a plan that decide how it is counted. */
export interface StatisticsPlan {
  readonly streams: number;
  readonly intervalNs: number;
  readonly rttLimitsNs: readonly number[];
  readonly hasPicture: boolean;
}

/** Send times are nanoseconds since the session's start. */
export class SessionStatistics {
  readonly #echogram: Echogram | undefined;
  readonly #rtt = new Distribution(new Histogram());
  readonly #response = new Distribution(new Histogram());
  readonly #sendError = new Distribution(new Histogram());
  readonly #userToKernel = new Distribution(new Histogram());
  readonly #ipdv: Ipdv;
  readonly #pdv = new Pdv();
  readonly #jitter: SmoothedJitter;
  readonly #loss = new Loss();
  readonly #lossRuns = new LossRuns();
  readonly #pace = new Pace();
  readonly #streams: readonly StreamStatistics[];
  readonly #rttLimitsNs: readonly number[];
  readonly #rttsAbove: number[];
  #sent = 0;
  #sendFailed = 0;
  #duplicate = 0;
  #corrupted = 0;
  readonly #alterations = { udpEchoPlus: 0, joined: 0, swappedTimes: 0 };
  #icmpErrors = 0;
  readonly #icmpErrorTable = new IcmpErrorTable();
  #stray = 0;
  /** Keyed by the system's error names, of which there are few. */
  readonly #sendFailures = new Map<string, number>();

  constructor({ streams, intervalNs, rttLimitsNs, hasPicture }: StatisticsPlan) {
    this.#rttLimitsNs = rttLimitsNs;
    this.#rttsAbove = rttLimitsNs.map(() => 0);
    this.#echogram = hasPicture ? new Echogram(intervalNs) : undefined;
    this.#ipdv = new Ipdv(streams);
    this.#jitter = new SmoothedJitter(streams);
    this.#streams = Array.from({ length: streams }, () => new StreamStatistics());
  }

  /** @param sendErrorNs  actual minus intended send time */
  addSent(stream: number, sentNs: number, sendErrorNs: number): void {
    this.#sent++;
    this.#echogram?.sent(sentNs, sendErrorNs);
    this.#streams[stream]!.sent++;
    this.#sendError.record(Math.round(sendErrorNs));
  }

  /** A probe that was added as sent was not sent. */
  addSendFailure(stream: number, sentNs: number, systemCode: string): void {
    this.#sent--;
    this.#echogram?.sendFailed(sentNs);
    this.#streams[stream]!.sent--;
    this.#sendFailed++;
    this.#sendFailures.set(systemCode, (this.#sendFailures.get(systemCode) ?? 0) + 1);
  }

  /** A probe that was added as sent must be in no count: its outcome will not be known. */
  leaveOut(stream: number, sentNs: number): void {
    this.#sent--;
    this.#echogram?.leftOut(sentNs);
    this.#streams[stream]!.sent--;
  }

  /**
   * Counts a received datagram. A late reply is counted after its probe was settled as lost.
   *
   * @returns true if it is a reply in time, and a reply to a later probe of its stream arrived before it
   */
  add(seen: Observation): boolean {
    switch (seen.kind) {
      case 'reply':
        return this.#addReply(seen);
      case 'duplicate':
        this.#duplicate++;
        this.#echogram?.duplicate(seen.atNs);
        return false;
      case 'late':
        this.#addLate(seen);
        return false;
      case 'corrupted':
        this.#addCorrupted(seen);
        return false;
      case 'stray':
        this.#stray++;
        return false;
      case 'unaltered':
        return false;
    }
  }

  addIcmpError(error: IcmpError): void {
    this.#icmpErrors++;
    this.#icmpErrorTable.add(error);
  }

  /** Records that an ICMP error had named a probe that was settled as lost. */
  addNamedByIcmp(sentNs: number): void {
    this.#echogram?.namedByIcmp(sentNs);
  }

  /** @param slotNs  time of the skipped slot */
  addSkipped(slotNs: number): void {
    this.#echogram?.skipped(slotNs);
  }

  addHostDrops(datagrams: number, atNs: number): void {
    this.#echogram?.hostDropped(datagrams, atNs);
  }

  addStall(delayNs: number, atNs: number): void {
    this.#echogram?.stalled(delayNs, atNs);
  }

  /** In send order: the final outcome of a probe, `undefined` without a reply in time. */
  settle(stream: number, sentNs: number, rttNs: number | undefined): void {
    this.#loss.push(rttNs);
    this.#lossRuns.push(rttNs);
    this.#ipdv.push(rttNs, stream);
    this.#pdv.push(rttNs);
    this.#pace.push(sentNs, rttNs !== undefined);
    if (rttNs !== undefined) return;
    this.#streams[stream]!.lost++;
    this.#echogram?.lost(sentNs);
  }

  /** In send order: a probe that was never sent. The probes around it do not become neighbours. */
  skip(stream: number): void {
    this.#ipdv.push(undefined, stream);
  }

  /**
   * @param sourcePorts  the port of each stream
   * @param schedule     the schedule of the slots
   */
  summary(sourcePorts: readonly number[], schedule: Schedule): StatisticsSummary {
    const { count, longest, meanLength, atEnd } = this.#lossRuns.summary();
    return {
      datagrams: this.#datagrams(),
      icmpErrors: this.#icmpErrorTable.summary(),
      alterations: { ...this.#alterations },
      lossRuns: {
        count,
        longest,
        meanLength,
        atEnd,
        runsByLength: this.#lossRuns.runsByLength().slice(0, longest),
      },
      echogram: this.#echogram?.summary() ?? null,
      rateLimit: rateLimitOf(this.#pace.summary(), this.#pdv.summary()),
      rttNs: this.#rtt.summary(),
      rttsAbove: [...this.#rttsAbove],
      ipdvNs: this.#ipdv.summary(),
      pdvNs: this.#pdv.summary(),
      smoothedJitterNs: this.#jitter.jitterNs,
      schedule: {
        intended: schedule.intended,
        skipped: schedule.skipped,
        sendErrorNs: this.#sendError.summary(),
        responseNs: this.#response.summary(),
      },
      userToKernelNs: this.#userToKernel.count === 0 ? null : this.#userToKernel.summary(),
      sendFailures: Object.fromEntries(this.#sendFailures),
      streams: this.#streams.map((stream, index) => stream.counts(sourcePorts[index]!)),
    };
  }

  interim(durationNs: number): InterimResult {
    const received = this.#rtt.count;
    const { lost, late } = this.#loss;
    return {
      durationNs: Math.round(durationNs),
      sent: this.#sent,
      sendFailed: this.#sendFailed,
      received,
      lost,
      late,
      waiting: this.#sent - received - lost - late,
      rttNs: this.#rtt.summary(),
    };
  }

  #addReply(seen: Observation): boolean {
    const { rttNs, stream, userToKernelNs } = seen;
    this.#echogram?.received(seen.sentNs, rttNs);
    this.#rtt.record(rttNs);
    const limits = this.#rttLimitsNs;
    for (let at = 0; at < limits.length && rttNs > limits[at]!; at++) this.#rttsAbove[at]!++;
    this.#response.record(seen.responseNs);
    if (!Number.isNaN(userToKernelNs)) this.#userToKernel.record(userToKernelNs);
    this.#jitter.push(rttNs, stream);
    const { rtt, reordering } = this.#streams[stream]!;
    rtt.push(rttNs);
    return reordering.push(seen.sequence);
  }

  #addLate({ stream, sentNs }: Observation): void {
    this.#echogram?.late(sentNs);
    this.#loss.countLateReply();
    this.#streams[stream]!.lost--;
    this.#streams[stream]!.late++;
  }

  #addCorrupted({ alteration, receivedNs }: Observation): void {
    this.#corrupted++;
    this.#echogram?.corrupted(receivedNs);
    if (alteration === 'udp-echo-plus') this.#alterations.udpEchoPlus++;
    else if (alteration === 'joined') this.#alterations.joined++;
    else if (alteration === 'swapped-times') this.#alterations.swappedTimes++;
  }

  #datagrams(): DatagramCounts {
    const { received, lost, late, ratio } = this.#loss;
    return {
      sent: this.#sent,
      sendFailed: this.#sendFailed,
      received,
      lost,
      late,
      duplicate: this.#duplicate,
      reordered: this.#reordered(),
      corrupted: this.#corrupted,
      icmpErrors: this.#icmpErrors,
      stray: this.#stray,
      lossRatio: ratio,
    };
  }

  #reordered(): number {
    return this.#streams.reduce((sum, { reordering }) => sum + reordering.reordered, 0);
  }
}
