// SPDX-License-Identifier: MIT
// Updates the counts of a measurement from its records: the only rule for code that has nothing but records. A
// session's own statistics count the same from the datagrams; docs/measuring.md defines the counts.

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

/** Counts of all records so far. Each probe is in exactly one of `received`, `lost`, `late` and `sendFailed`. */
export interface RecordCounts {
  received: number;
  lost: number;
  late: number;
  duplicate: number;
  reordered: number;
  corrupted: number;
  /** Our own packets, returned by an echo server that does not speak their protocol. */
  unaltered: number;
  stray: number;
  /** ICMP errors, whatever the outcome of the probes that they are about. */
  icmpErrors: number;
  sendFailed: number;
  /** Slots. */
  skipped: number;
  hostDropped: number;
  /** Omitted records: their events are in no count. */
  omitted: number;
}

/** Called for each record after it was counted. */
export interface RecordFollower {
  received?(record: InTimeRecord): void;
  /** @param isNamed  true if an ICMP error named the probe while it was waited for */
  lost?(record: TimeoutRecord, isNamed: boolean): void;
  /**
   * A reply after the timeout.
   *
   * @param sentNs   when its probe was sent
   * @param wasLost  true if the probe was counted as lost until now; false if the record of that was omitted
   */
  late?(record: LateRecord, sentNs: number, wasLost: boolean): void;
  unsent?(record: SendFailedRecord): void;
  /** Skipped slots, from this one on; a long sequence is passed in parts. */
  skipped?(slotNs: number, slots: number): void;
  /** Called for every record that settles no probe. */
  aside?(record: AsideRecord): void;
}

/** A record that settles no probe. */
export type AsideRecord = Exclude<
  ProbeRecord,
  InTimeRecord | TimeoutRecord | LateRecord | SendFailedRecord | SkippedRecord
>;

/**
 * Maximum parts of a sequence of skipped slots, as many as a picture has columns: a host may have been suspended for a
 * day.
 */
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

  /** The latest time of any record. */
  get latestNs(): number {
    return this.#latestNs;
  }

  /** Round-trip times of replies in time. */
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

  /** Takes back the loss: a late reply is recorded after its probe's timeout. */
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

/** Marks of an unanswered probe. */
const NAMED = 1;
const LOST = 2;

/**
 * Probes that an ICMP error names, and probes that were given up, in a ring as long as the session's own: a reply to an
 * older one is a stray. It takes 17 bytes per place.
 */
class Unanswered {
  readonly #capacity: number;
  /** Sequence numbers plus one; 0 for none. */
  readonly #numbers: Float64Array;
  readonly #marks: Uint8Array;
  readonly #sentNs: Float64Array;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#numbers = new Float64Array(capacity);
    this.#marks = new Uint8Array(capacity);
    this.#sentNs = new Float64Array(capacity);
  }

  /** Records that an ICMP error names a probe, which is still waited for unless it was given up. */
  name(sequence: number): void {
    if (!this.#is(sequence, LOST)) this.#mark(sequence, NAMED);
  }

  isNamed(sequence: number): boolean {
    return this.#is(sequence, NAMED);
  }

  lose(sequence: number, sentNs: number): void {
    this.#sentNs[this.#mark(sequence, LOST)] = sentNs;
  }

  /** Returns, once, when a probe that was given up was sent. `undefined` if unknown. */
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

  /** @returns its index */
  #mark(sequence: number, mark: number): number {
    const place = sequence % this.#capacity;
    this.#numbers[place] = sequence + 1;
    this.#marks[place] = mark;
    return place;
  }
}
