// SPDX-License-Identifier: MIT
// Derives what a measurement's records alone reveal, in constant memory: for a live page and for a truncated recording.

import type { ProbeRecord } from '../client/session/probe-record.ts';
import { RecordReducer } from '../client/session/record-reducer.ts';
import { IcmpErrorTable } from '../client/session/icmp-error-table.ts';
import type { DatagramCounts, SessionStart, Verdict } from '../client/session/session-result.ts';
import type { EchogramSummary } from '../stats/echogram.ts';
import { lossRatio } from '../stats/loss.ts';
import { LiveVerdict } from './live-verdict.ts';
import type { Measurement } from './page-data.ts';
import { RecentWindow, type LiveNews } from './recent-window.ts';
import { RecordPicture } from './record-picture.ts';
import { StreamTally } from './stream-tally.ts';

export class RecordTally {
  readonly #start: SessionStart;
  readonly #streams: StreamTally;
  readonly #picture: RecordPicture;
  readonly #live: LiveVerdict;
  readonly #recent: RecentWindow;
  readonly #icmpErrors = new IcmpErrorTable();
  readonly #reduced: RecordReducer;

  constructor(start: SessionStart, sourcePorts: readonly number[]) {
    const { config } = start;
    this.#start = start;
    this.#streams = new StreamTally(sourcePorts);
    this.#picture = new RecordPicture(config.intervalNs);
    this.#live = new LiveVerdict(config.intervalNs);
    this.#recent = new RecentWindow(config.intervalNs);
    const followers = [this.#streams, this.#picture, this.#live, this.#recent];
    this.#reduced = new RecordReducer(config, followers);
  }

  /** Number of omitted records. */
  get omitted(): number {
    return this.#reduced.counts.omitted;
  }

  /** @throws RangeError  for a record with an impossible time or source port */
  add(record: ProbeRecord): void {
    this.#reduced.add(record);
    if (record.type !== 'icmp-error') return;
    const { systemCode, from, icmpType, icmpCode } = record;
    this.#icmpErrors.add({ systemCode, from, icmpType, icmpCode });
  }

  /** The verdict on the latest stretch. */
  verdict(): Verdict {
    return this.#live.verdict(this.#reduced.counts, this.#reduced.latestNs);
  }

  /** The numbers of the latest stretch. @param nowNs  since the session's start */
  news(nowNs: number): LiveNews {
    return this.#recent.news(Math.max(nowNs, this.#reduced.latestNs));
  }

  echogram(): EchogramSummary {
    return this.#picture.summary();
  }

  measurement(): Measurement {
    return {
      ...this.#start,
      durationNs: this.#reduced.latestNs,
      endedBy: null,
      datagrams: this.#datagrams(),
      icmpErrors: this.#icmpErrors.summary(),
      forward: null,
      backward: null,
      reflector: null,
      lossRuns: null,
      rttNs: this.#reduced.rtt(),
      ipdvNs: null,
      pdvNs: null,
      smoothedJitterNs: null,
      schedule: null,
      timestamps: null,
      hostDrops: null,
      sendFailures: null,
      rateLimit: null,
      runtime: null,
      streams: this.#streams.summary(),
    };
  }

  #datagrams(): DatagramCounts {
    const { received, lost, late, ...others } = this.#reduced.counts;
    const { sendFailed, duplicate, reordered, corrupted, icmpErrors, stray } = others;
    const sent = received + lost + late;
    return {
      sent,
      sendFailed,
      received,
      lost,
      late,
      duplicate,
      reordered,
      corrupted,
      icmpErrors,
      stray,
      lossRatio: lossRatio(lost + late, sent),
    };
  }
}
