// SPDX-License-Identifier: MIT
// Everything a session counts, in constant memory: each statistic is fed in the order it needs,
// replies as they arrive, final outcomes in the order of sending.

import { Distribution } from '../stats/distribution.ts';
import { Echogram } from '../stats/echogram.ts';
import { Histogram } from '../stats/histogram.ts';
import { Ipdv } from '../stats/ipdv.ts';
import { Loss } from '../stats/loss.ts';
import { LossRuns } from '../stats/loss-runs.ts';
import { Pdv } from '../stats/pdv.ts';
import { Reordering } from '../stats/reordering.ts';
import { RunningMoments } from '../stats/running-moments.ts';
import { SmoothedJitter } from '../stats/smoothed-jitter.ts';
import type { Schedule } from './schedule.ts';
import type { DatagramCounts, SessionResult, StreamCounts } from './session-result.ts';

/** The part of a result that the session itself knows. */
export type StatisticsSummary = Pick<
  SessionResult,
  | 'datagrams'
  | 'echogram'
  | 'refusals'
  | 'lossRuns'
  | 'rttNs'
  | 'ipdvNs'
  | 'pdvNs'
  | 'smoothedJitterNs'
  | 'schedule'
  | 'streams'
>;

/** The first reply to a probe, in time. */
export interface ReceivedReply {
  readonly sequence: number;
  readonly stream: number;
  readonly sentNs: number;
  readonly rttNs: number;
  /** From the intended send time to the reply. */
  readonly responseNs: number;
}

class StreamStatistics {
  readonly rtt = new RunningMoments();
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
  readonly #ipdv = new Ipdv();
  readonly #pdv = new Pdv();
  readonly #jitter = new SmoothedJitter();
  readonly #loss = new Loss();
  readonly #lossRuns = new LossRuns();
  readonly #reordering = new Reordering();
  readonly #streams: readonly StreamStatistics[];
  #sent = 0;
  #sendFailed = 0;
  #duplicate = 0;
  #corrupted = 0;
  #refused = 0;
  readonly #refusals = new Map<string, number>();
  #stray = 0;
  #lastSendFailure: string | undefined;

  constructor(streams: number, intervalNs: number) {
    this.echogram = new Echogram(intervalNs);
    this.#streams = Array.from({ length: streams }, () => new StreamStatistics());
  }

  get sent(): number {
    return this.#sent;
  }

  get sendFailed(): number {
    return this.#sendFailed;
  }

  /** The system's name for the last send that failed. */
  get lastSendFailure(): string | undefined {
    return this.#lastSendFailure;
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
    this.#lastSendFailure = systemCode;
  }

  /** @returns true where a later probe's reply came before it */
  addReceived({ sequence, stream, sentNs, rttNs, responseNs }: ReceivedReply): boolean {
    this.echogram.received(sentNs, rttNs);
    this.#rtt.record(rttNs);
    this.#response.record(responseNs);
    this.#jitter.push(rttNs);
    this.#streams[stream]!.rtt.push(rttNs);
    return this.#reordering.push(sequence) > 0;
  }

  addDuplicate(): void {
    this.#duplicate++;
  }

  addCorrupted(): void {
    this.#corrupted++;
  }

  /** @param systemCode  one of the few that the system knows, so that the table stays small */
  addRefused(systemCode: string): void {
    this.#refused++;
    this.#refusals.set(systemCode, (this.#refusals.get(systemCode) ?? 0) + 1);
  }

  addStray(): void {
    this.#stray++;
  }

  /** In the order of sending: the final outcome of a probe, `undefined` without a reply in time. */
  settle(stream: number, sentNs: number, rttNs: number | undefined): void {
    this.#loss.push(rttNs);
    this.#lossRuns.push(rttNs);
    this.#ipdv.push(rttNs);
    this.#pdv.push(rttNs);
    if (rttNs !== undefined) return;
    this.#streams[stream]!.lost++;
    this.echogram.lost(sentNs);
  }

  /** In the order of sending: a probe that was never sent. Its neighbours are none. */
  skip(): void {
    this.#ipdv.push(undefined);
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
    const { count, longest, meanLength } = this.#lossRuns.summary();
    return {
      datagrams: this.#datagrams(),
      refusals: Object.fromEntries(this.#refusals),
      lossRuns: {
        ...{ count, longest, meanLength },
        runsByLength: this.#lossRuns.runsByLength().slice(0, longest),
      },
      echogram: this.echogram.summary(),
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
      streams: this.#streams.map((stream, index) => streamCounts(stream, sourcePorts[index]!)),
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
      reordered: this.#reordering.summary().reordered,
      corrupted: this.#corrupted,
      refused: this.#refused,
      stray: this.#stray,
      lossRatio: ratio,
    };
  }
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
