// SPDX-License-Identifier: MIT
// Everything a session counts, in constant memory: each statistic is fed in the order it needs,
// replies as they arrive, final outcomes in the order of sending.

import { Distribution, type DistributionSummary } from '../../stats/distribution.ts';
import { Echogram } from '../../stats/echogram.ts';
import { Histogram } from '../../stats/histogram.ts';
import { Ipdv } from '../../stats/ipdv.ts';
import { Loss } from '../../stats/loss.ts';
import { LossRuns } from '../../stats/loss-runs.ts';
import { Pace, type SteadyPace } from '../../stats/pace.ts';
import { Pdv } from '../../stats/pdv.ts';
import { Reordering } from '../../stats/reordering.ts';
import { RunningMoments } from '../../stats/running-moments.ts';
import { SmoothedJitter } from '../../stats/smoothed-jitter.ts';
import { RefusalTable, type Refusal } from './refusal-table.ts';
import type { InterimResult } from './interim-result.ts';
import type { Schedule } from './schedule.ts';
import type { DatagramCounts, RateLimit, SessionResult, StreamCounts } from './session-result.ts';

/** The part of a result that the session itself knows. */
export type StatisticsSummary = Pick<
  SessionResult,
  | 'datagrams'
  | 'echogram'
  | 'refusals'
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
  /** How much longer this program saw a round trip take than the kernel; `null` without its stamps. */
  readonly userToKernelNs: DistributionSummary | null;
};

class StreamStatistics {
  readonly rtt = new RunningMoments();
  readonly reordering = new Reordering();
  sent = 0;
  lost = 0;
  late = 0;
}

/** Times of sending are nanoseconds since the session's start. */
export class SessionStatistics {
  readonly echogram: Echogram;
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
  #sent = 0;
  #sendFailed = 0;
  #duplicate = 0;
  #corrupted = 0;
  readonly #alterations = { udpEchoPlus: 0, joined: 0, swappedTimes: 0 };
  #refused = 0;
  readonly #refusals = new RefusalTable();
  #stray = 0;
  /** By the system's names, which are few. */
  readonly #sendFailures = new Map<string, number>();

  constructor(streams: number, intervalNs: number) {
    this.echogram = new Echogram(intervalNs);
    this.#ipdv = new Ipdv(streams);
    this.#jitter = new SmoothedJitter(streams);
    this.#streams = Array.from({ length: streams }, () => new StreamStatistics());
  }

  /** @param sendErrorNs  actual minus intended send time */
  addSent(stream: number, sentNs: number, sendErrorNs: number): void {
    this.#sent++;
    this.echogram.sent(sentNs, sendErrorNs);
    this.#streams[stream]!.sent++;
    this.#sendError.record(Math.round(sendErrorNs));
  }

  /** A probe that was added as sent was not. */
  addSendFailure(stream: number, sentNs: number, systemCode: string): void {
    this.#sent--;
    this.echogram.sendFailed(sentNs);
    this.#streams[stream]!.sent--;
    this.#sendFailed++;
    this.#sendFailures.set(systemCode, (this.#sendFailures.get(systemCode) ?? 0) + 1);
  }

  /** A probe that was added as sent is in no count: its outcome will not be known. */
  leaveOut(stream: number, sentNs: number): void {
    this.#sent--;
    this.echogram.leftOut(sentNs);
    this.#streams[stream]!.sent--;
  }

  /**
   * The first reply to a probe came, in time.
   *
   * @param responseNs      from the intended send time to the reply
   * @param userToKernelNs  how much longer this program saw it take than the kernel; NaN where the
   * kernel did not say
   * @returns true where the reply to a later probe of its stream came before it
   */
  addReceived(
    sequence: number,
    stream: number,
    sentNs: number,
    rttNs: number,
    responseNs: number,
    userToKernelNs: number,
  ): boolean {
    this.echogram.received(sentNs, rttNs);
    this.#rtt.record(rttNs);
    this.#response.record(responseNs);
    if (!Number.isNaN(userToKernelNs)) this.#userToKernel.record(userToKernelNs);
    this.#jitter.push(rttNs, stream);
    const { rtt, reordering } = this.#streams[stream]!;
    rtt.push(rttNs);
    return reordering.push(sequence);
  }

  addDuplicate(atNs: number): void {
    this.#duplicate++;
    this.echogram.duplicate(atNs);
  }

  addCorrupted(atNs: number): void {
    this.#corrupted++;
    this.echogram.corrupted(atNs);
  }

  /** One of those that were corrupted shows what was done to it. */
  addAlteration(what: 'udp-echo-plus' | 'joined' | 'swapped-times'): void {
    if (what === 'udp-echo-plus') this.#alterations.udpEchoPlus++;
    else if (what === 'joined') this.#alterations.joined++;
    else this.#alterations.swappedTimes++;
  }

  addRefused(refusal: Refusal): void {
    this.#refused++;
    this.#refusals.add(refusal);
  }

  addStray(): void {
    this.#stray++;
  }

  /** In the order of sending: the final outcome of a probe, `undefined` without a reply in time. */
  settle(stream: number, sentNs: number, rttNs: number | undefined): void {
    this.#loss.push(rttNs);
    this.#lossRuns.push(rttNs);
    this.#ipdv.push(rttNs, stream);
    this.#pdv.push(rttNs);
    this.#pace.push(sentNs, rttNs !== undefined);
    if (rttNs !== undefined) return;
    this.#streams[stream]!.lost++;
    this.echogram.lost(sentNs);
  }

  /** In the order of sending: a probe that was never sent. Its neighbours are none. */
  skip(stream: number): void {
    this.#ipdv.push(undefined, stream);
  }

  /** A probe that was settled as without a reply got one after all. */
  addLate(stream: number, sentNs: number): void {
    this.echogram.late(sentNs);
    this.#loss.countLateReply();
    this.#streams[stream]!.lost--;
    this.#streams[stream]!.late++;
  }

  /**
   * @param sourcePorts  the port of each stream
   * @param schedule     whose slots these were
   */
  summary(sourcePorts: readonly number[], schedule: Schedule): StatisticsSummary {
    const { count, longest, meanLength, atEnd } = this.#lossRuns.summary();
    return {
      datagrams: this.#datagrams(),
      refusals: this.#refusals.summary(),
      alterations: { ...this.#alterations },
      lossRuns: {
        ...{ count, longest, meanLength, atEnd },
        runsByLength: this.#lossRuns.runsByLength().slice(0, longest),
      },
      echogram: this.echogram.summary(),
      rateLimit: rateLimitOf(this.#pace.summary(), this.#rtt.summary()),
      rttNs: this.#rtt.summary(),
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
      streams: this.#streams.map((stream, index) => streamCounts(stream, sourcePorts[index]!)),
    };
  }

  interim(durationNs: number): InterimResult {
    const received = this.#rtt.count;
    const { lost, late } = this.#loss;
    return {
      durationNs: Math.round(durationNs),
      sent: this.#sent,
      sendFailed: this.#sendFailed,
      ...{ received, lost, late },
      waiting: this.#sent - received - lost - late,
      rttNs: this.#rtt.summary(),
    };
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
      refused: this.#refused,
      stray: this.#stray,
      lossRatio: ratio,
    };
  }

  #reordered(): number {
    return this.#streams.reduce((sum, { reordering }) => sum + reordering.reordered, 0);
  }
}

/** So many datagrams in a queue, at most: a policer has none, and a bottleneck's loses when it is full. */
const FLAT_DATAGRAMS = 2;

/** A steady pace is a limit's where round-trip times are flat; else it is a slow link's, with its queue. */
function rateLimitOf(pace: SteadyPace | null, { min, p50 }: DistributionSummary): RateLimit | null {
  if (pace === null || min === null || p50 === null) return null;
  const { perSecond, burst } = pace;
  if (p50 - min > (FLAT_DATAGRAMS / perSecond) * 1e9) return null;
  return { perSecond: Number(perSecond.toPrecision(4)), burst };
}

function streamCounts(stream: StreamStatistics, sourcePort: number): StreamCounts {
  const { rtt, sent, lost, late } = stream;
  return {
    sourcePort,
    sent,
    received: sent - lost - late,
    lost,
    late,
    lossRatio: sent === 0 ? null : (lost + late) / sent,
    rttMeanNs: rtt.mean,
  };
}
