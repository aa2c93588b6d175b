// SPDX-License-Identifier: MIT
// What can be told of a measurement from its records alone, in constant memory: for a page that is
// live, and for a recording that was cut short.

import type {
  InTimeRecord,
  ProbeRecord,
  RefusedRecord,
  SendTimes,
  SkippedRecord,
} from '../client/session/probe-record.ts';
import { RefusalTable } from '../client/session/refusal-table.ts';
import type { SessionStart, StreamCounts } from '../client/session/session-result.ts';
import { Distribution } from '../stats/distribution.ts';
import { Echogram, ECHOGRAM_COLUMNS, type EchogramSummary } from '../stats/echogram.ts';
import { Histogram } from '../stats/histogram.ts';
import { RunningMoments } from '../stats/running-moments.ts';
import type { Verdict } from '../client/verdict/verdict-code.ts';
import { LiveVerdict } from './live-verdict.ts';
import type { Measurement } from './page-data.ts';

/** Probes given up whose late reply is still known as theirs. */
const REMEMBERED_LOSSES = 65_536;

interface StreamTally {
  readonly rtt: RunningMoments;
  received: number;
  lost: number;
  late: number;
}

export class RecordTally {
  readonly #start: SessionStart;
  readonly #sourcePorts: readonly number[];
  readonly #streams: readonly StreamTally[];
  readonly #picture: Echogram;
  readonly #rtt = new Distribution(new Histogram());
  readonly #refusals = new RefusalTable();
  readonly #live: LiveVerdict;
  /** When the probes that were given up were sent, by their numbers, the oldest first. */
  readonly #lostAtNs = new Map<number, number>();
  /** Probes that are waited for and that an ICMP error names. */
  readonly #named = new Set<number>();
  readonly #counts = {
    ...{ sendFailed: 0, received: 0, lost: 0, late: 0, duplicate: 0 },
    ...{ reordered: 0, corrupted: 0, refused: 0, stray: 0 },
  };
  #latestNs = 0;
  #omitted = 0;

  constructor(start: SessionStart, sourcePorts: readonly number[]) {
    this.#start = start;
    this.#sourcePorts = sourcePorts;
    this.#picture = new Echogram(start.config.intervalNs);
    this.#live = new LiveVerdict(start.config.intervalNs);
    this.#streams = sourcePorts.map(() => ({
      rtt: new RunningMoments(),
      ...{ received: 0, lost: 0, late: 0 },
    }));
  }

  /** Records that were left out when these were made. */
  get omitted(): number {
    return this.#omitted;
  }

  /** @throws RangeError  for a record whose times or source port no measurement has */
  add(record: ProbeRecord): void {
    this.#latestNs = Math.max(this.#latestNs, record.atNs);
    this.#live.add(record);
    switch (record.type) {
      case 'reply':
        this.#addReply(record);
        return;
      case 'timeout':
        this.#lose(record.sequence, record.stream, record);
        return;
      case 'late':
        this.#addLate(record.sequence, record.stream);
        return;
      case 'refused':
        this.#addRefused(record);
        return;
      case 'send-failed':
        this.#counts.sendFailed++;
        this.#picture.sent(record.atNs, 0);
        this.#picture.sendFailed(record.atNs);
        return;
      case 'duplicate':
      case 'corrupted':
        this.#counts[record.type]++;
        this.#picture[record.type](record.atNs);
        return;
      case 'stray':
        this.#counts.stray++;
        return;
      case 'host-dropped':
        this.#picture.hostDropped(record.datagrams, record.atNs);
        return;
      case 'skipped':
        this.#addSkipped(record);
        return;
      case 'held-up':
        this.#picture.heldUp(record.delayNs, record.atNs);
        return;
      case 'unaltered':
        return;
      case 'omitted':
        this.#omitted += record.records;
    }
  }

  /** What the latest stretch says. */
  verdict(): Verdict {
    return this.#live.verdict();
  }

  echogram(): EchogramSummary {
    return this.#picture.summary();
  }

  measurement(): Measurement {
    const { received, lost, late } = this.#counts;
    const sent = received + lost + late;
    const lossRatio = sent === 0 ? null : (lost + late) / sent;
    return {
      ...this.#start,
      durationNs: this.#latestNs,
      endedBy: null,
      datagrams: { sent, ...this.#counts, lossRatio },
      refusals: this.#refusals.summary(),
      ...{ forward: null, backward: null, reflector: null, lossRuns: null },
      rttNs: this.#rtt.summary(),
      ...{ ipdvNs: null, pdvNs: null, smoothedJitterNs: null },
      ...{
        schedule: null,
        timestamps: null,
        hostDrops: null,
        sendFailures: null,
        rateLimit: null,
        runtime: null,
      },
      streams: this.#streams.map((stream, index) =>
        streamCounts(stream, this.#sourcePorts[index]!),
      ),
    };
  }

  #addReply({ sequence, stream, sentNs, sendErrorNs, rttNs, isReordered }: InTimeRecord): void {
    const tally = this.#streamAt(stream);
    this.#named.delete(sequence);
    if (isReordered) this.#counts.reordered++;
    this.#rtt.record(rttNs);
    tally.rtt.push(rttNs);
    tally.received++;
    this.#counts.received++;
    this.#picture.sent(sentNs, sendErrorNs);
    this.#picture.received(sentNs, rttNs);
  }

  #lose(sequence: number, stream: number, { sentNs, sendErrorNs }: SendTimes): void {
    this.#streamAt(stream).lost++;
    this.#counts.lost++;
    this.#picture.sent(sentNs, sendErrorNs);
    this.#picture.lost(sentNs);
    if (this.#named.delete(sequence)) this.#picture.refused(sentNs);
    this.#lostAtNs.set(sequence, sentNs);
    if (this.#lostAtNs.size <= REMEMBERED_LOSSES) return;
    const [oldest] = this.#lostAtNs.keys();
    this.#lostAtNs.delete(oldest!);
  }

  #addLate(sequence: number, stream: number): void {
    const sentNs = this.#lostAtNs.get(sequence);
    if (sentNs === undefined) return;
    this.#lostAtNs.delete(sequence);
    const tally = this.#streamAt(stream);
    tally.lost--;
    tally.late++;
    this.#counts.lost--;
    this.#counts.late++;
    this.#picture.late(sentNs);
  }

  /** The probe is waited for all the same. */
  #addRefused({ sequence, systemCode, from, icmpType, icmpCode }: RefusedRecord): void {
    this.#counts.refused++;
    this.#refusals.add({ systemCode, from, icmpType, icmpCode });
    if (sequence === null || this.#lostAtNs.has(sequence)) return;
    this.#named.add(sequence);
    if (this.#named.size <= REMEMBERED_LOSSES) return;
    const [oldest] = this.#named;
    this.#named.delete(oldest!);
  }

  /** A host may have been suspended for a day: as many places as the picture has columns tell it all. */
  #addSkipped({ atNs, slots }: SkippedRecord): void {
    const { intervalNs } = this.#start.config;
    const parts = Math.min(slots, ECHOGRAM_COLUMNS);
    let done = 0;
    for (let part = 1; part <= parts; part++) {
      const upTo = Math.floor((slots * part) / parts);
      this.#picture.skipped(atNs + done * intervalNs, upTo - done);
      done = upTo;
    }
  }

  #streamAt(stream: number): StreamTally {
    const tally = this.#streams[stream];
    if (tally === undefined) throw new RangeError(`there is no source port ${stream}`);
    return tally;
  }
}

function streamCounts(
  { rtt, received, lost, late }: StreamTally,
  sourcePort: number,
): StreamCounts {
  const sent = received + lost + late;
  const lossRatio = sent === 0 ? null : (lost + late) / sent;
  return { sourcePort, sent, received, lost, late, lossRatio, rttMeanNs: rtt.mean };
}
