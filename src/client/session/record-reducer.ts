// SPDX-License-Identifier: MIT
// What records change in the counts of a measurement: one rule for all who have nothing but records. A session's own
// statistics count the same where the datagrams are, and docs/measuring.md says what is what.

import { Distribution, type DistributionSummary } from '../../stats/distribution.ts';
import { Histogram } from '../../stats/histogram.ts';
import { ringCapacity } from './in-flight.ts';
import type {
  InTimeRecord,
  LateRecord,
  ProbeRecord,
  SendFailedRecord,
  SkippedRecord,
  TimeoutRecord,
} from './probe-record.ts';
import type { SessionConfig } from './session-result.ts';

/** Counts of all records so far. Each probe is in one of `received`, `lost`, `late` and `sendFailed`. */
export interface RecordCounts {
  received: number;
  lost: number;
  late: number;
  duplicate: number;
  reordered: number;
  corrupted: number;
  /** Our own packets of another protocol than the echo that answered. */
  unaltered: number;
  stray: number;
  /** ICMP errors, whatever became of the probes that they are about. */
  icmpErrors: number;
  sendFailed: number;
  /** Slots. */
  skipped: number;
  hostDropped: number;
  /** Records that were left out: what they told is in no count. */
  omitted: number;
}

/** Told what records say, each after it was counted. */
export interface RecordFollower {
  received?(record: InTimeRecord): void;
  /** @param isNamed  an ICMP error named the probe while it was waited for */
  lost?(record: TimeoutRecord, isNamed: boolean): void;
  /**
   * A reply after the timeout.
   *
   * @param sentNs   when its probe was sent
   * @param wasLost  the probe was counted as lost until now: false where the record of that was left out
   */
  late?(record: LateRecord, sentNs: number, wasLost: boolean): void;
  unsent?(record: SendFailedRecord): void;
  /** Slots that were left out from this one on; a long row of them comes in parts. */
  skipped?(slotNs: number, slots: number): void;
  /** Everything that settles no probe. */
  aside?(record: AsideRecord): void;
}

/** A record that settles no probe. */
export type AsideRecord = Exclude<
  ProbeRecord,
  InTimeRecord | TimeoutRecord | LateRecord | SendFailedRecord | SkippedRecord
>;

/** A host may have been suspended for a day: as many places as a picture has columns tell it all. */
const SKIPPED_PARTS = 512;

export class RecordReducer {
  readonly counts: RecordCounts = {
    received: 0,
    lost: 0,
    late: 0,
    duplicate: 0,
    reordered: 0,
    corrupted: 0,
    unaltered: 0,
    stray: 0,
    icmpErrors: 0,
    sendFailed: 0,
    skipped: 0,
    hostDropped: 0,
    omitted: 0,
  };
  readonly #intervalNs: number;
  readonly #followers: readonly RecordFollower[];
  readonly #unanswered: Unanswered;
  readonly #rtt = new Distribution(new Histogram());
  #latestNs = 0;

  constructor(
    { intervalNs, timeoutNs }: Pick<SessionConfig, 'intervalNs' | 'timeoutNs'>,
    followers: readonly RecordFollower[],
  ) {
    this.#intervalNs = intervalNs;
    this.#followers = followers;
    this.#unanswered = new Unanswered(ringCapacity(1e9 / intervalNs, timeoutNs));
  }

  /** The latest time that a record has told. */
  get latestNs(): number {
    return this.#latestNs;
  }

  /** Of replies in time. */
  rtt(): DistributionSummary {
    return this.#rtt.summary();
  }

  readonly add = (record: ProbeRecord): void => {
    this.#latestNs = Math.max(this.#latestNs, record.atNs);
    switch (record.type) {
      case 'reply':
        this.#receive(record);
        return;
      case 'timeout':
        this.#lose(record);
        return;
      case 'late':
        this.#receiveLate(record);
        return;
      case 'send-failed':
        this.counts.sendFailed++;
        for (const follower of this.#followers) follower.unsent?.(record);
        return;
      case 'skipped':
        this.#skip(record);
        return;
      default:
        this.#countAside(record);
        for (const follower of this.#followers) follower.aside?.(record);
    }
  };

  #receive(record: InTimeRecord): void {
    this.counts.received++;
    if (record.isReordered) this.counts.reordered++;
    this.#rtt.record(record.rttNs);
    for (const follower of this.#followers) follower.received?.(record);
  }

  #lose(record: TimeoutRecord): void {
    const { sequence, sentNs } = record;
    const isNamed = this.#unanswered.isNamed(sequence);
    this.#unanswered.lose(sequence, sentNs);
    this.counts.lost++;
    for (const follower of this.#followers) follower.lost?.(record, isNamed);
  }

  /** It takes the loss back, which came before: a late reply is told after its probe's timeout. */
  #receiveLate(record: LateRecord): void {
    const { sequence, atNs, rttNs, residenceNs = 0 } = record;
    const lostSentNs = this.#unanswered.takeLost(sequence);
    const wasLost = lostSentNs !== undefined;
    if (wasLost) this.counts.lost--;
    this.counts.late++;
    const sentNs = lostSentNs ?? atNs - rttNs - residenceNs;
    for (const follower of this.#followers) follower.late?.(record, sentNs, wasLost);
  }

  #skip({ atNs, slots }: SkippedRecord): void {
    this.counts.skipped += slots;
    const parts = Math.min(slots, SKIPPED_PARTS);
    let done = 0;
    for (let part = 1; part <= parts; part++) {
      const upTo = Math.floor((slots * part) / parts);
      const slotNs = atNs + done * this.#intervalNs;
      for (const follower of this.#followers) follower.skipped?.(slotNs, upTo - done);
      done = upTo;
    }
  }

  #countAside(record: AsideRecord): void {
    const { counts } = this;
    switch (record.type) {
      case 'duplicate':
      case 'corrupted':
      case 'unaltered':
      case 'stray':
        counts[record.type]++;
        return;
      case 'icmp-error':
        counts.icmpErrors++;
        if (record.sequence !== null) this.#unanswered.name(record.sequence);
        return;
      case 'host-dropped':
        counts.hostDropped += record.datagrams;
        return;
      case 'omitted':
        counts.omitted += record.records;
        return;
      case 'stall':
      case 'address-changed':
    }
  }
}

/** What may be said of a probe without a reply. */
const NAMED = 1;
const LOST = 2;

/**
 * Probes that an ICMP error names, and those that were given up, in a ring as long as the session's own: a reply to an
 * older one is a stray. 17 bytes for each place.
 */
class Unanswered {
  readonly #capacity: number;
  /** Sequence numbers, plus one: 0 is none. */
  readonly #numbers: Float64Array;
  readonly #marks: Uint8Array;
  readonly #sentNs: Float64Array;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#numbers = new Float64Array(capacity);
    this.#marks = new Uint8Array(capacity);
    this.#sentNs = new Float64Array(capacity);
  }

  /** An ICMP error names a probe, which is waited for unless it was given up. */
  name(sequence: number): void {
    if (!this.#is(sequence, LOST)) this.#mark(sequence, NAMED);
  }

  isNamed(sequence: number): boolean {
    return this.#is(sequence, NAMED);
  }

  lose(sequence: number, sentNs: number): void {
    this.#sentNs[this.#mark(sequence, LOST)] = sentNs;
  }

  /** When a probe that was given up was sent: once. `undefined` where that is not known. */
  takeLost(sequence: number): number | undefined {
    if (!this.#is(sequence, LOST)) return undefined;
    const place = sequence % this.#capacity;
    this.#numbers[place] = 0;
    return this.#sentNs[place];
  }

  #is(sequence: number, mark: number): boolean {
    const place = sequence % this.#capacity;
    return this.#numbers[place] === sequence + 1 && this.#marks[place] === mark;
  }

  /** @returns its place */
  #mark(sequence: number, mark: number): number {
    const place = sequence % this.#capacity;
    this.#numbers[place] = sequence + 1;
    this.#marks[place] = mark;
    return place;
  }
}
