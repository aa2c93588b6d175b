// SPDX-License-Identifier: MIT
// The latest stretch of a measurement, from its records: a window of columns that moves with time, and
// running counts. Constant memory, and nothing asked of the thread that measures.

import type {
  HeldUpRecord,
  HostDroppedRecord,
  OmittedRecord,
  ProbeRecord,
  SendFailedRecord,
  SkippedRecord,
} from '../client/session/probe-record.ts';
import type { Verdict } from '../client/verdict/verdict-code.ts';
import { Distribution, type DistributionSummary } from '../stats/distribution.ts';
import { ECHOGRAM_ROWS, rowOf } from '../stats/echogram.ts';
import { Histogram } from '../stats/histogram.ts';
import { LiveVerdict } from './live-verdict.ts';

/** Columns kept, and at most shown: more than most terminals are wide. */
export const KEPT_COLUMNS = 512;

/** Unless told otherwise a column is no shorter: a person sees no more of them come. */
const NARROWEST_NS = 250e6;

/** What this host did. */
type HostRecord =
  SendFailedRecord | SkippedRecord | HostDroppedRecord | HeldUpRecord | OmittedRecord;

/** What became of the probes sent in one stretch of time. */
export interface LiveColumn {
  /** Replies in time, by row of the echogram. */
  readonly rtt: Uint32Array;
  /** Nothing came, whatever an ICMP error said. */
  lost: number;
  late: number;
  /** Not sent, left out, or dropped in this host. */
  here: number;
}

export interface LiveCounts {
  received: number;
  lost: number;
  late: number;
  duplicate: number;
  reordered: number;
  corrupted: number;
  /** Our own packets of another protocol than the echo that answered. */
  unaltered: number;
  stray: number;
  refused: number;
  sendFailed: number;
  skipped: number;
  hostDropped: number;
  /** Records that never reached this picture. */
  omitted: number;
}

export class LivePicture {
  /** How long a column is. */
  readonly columnNs: number;
  readonly counts: LiveCounts = {
    received: 0,
    lost: 0,
    late: 0,
    duplicate: 0,
    reordered: 0,
    corrupted: 0,
    unaltered: 0,
    stray: 0,
    refused: 0,
    sendFailed: 0,
    skipped: 0,
    hostDropped: 0,
    omitted: 0,
  };
  readonly #rtt = new Distribution(new Histogram());
  readonly #live: LiveVerdict;
  readonly #columns = new Map<number, LiveColumn>();
  #newest = 0;

  /**
   * @param intervalNs   between two probes: each column has the same number of slots
   * @param narrowestNs  no column is shorter
   */
  constructor(intervalNs: number, narrowestNs = NARROWEST_NS) {
    this.#live = new LiveVerdict(intervalNs);
    this.columnNs = intervalNs * Math.ceil(narrowestNs / intervalNs);
  }

  /** What the latest stretch says. */
  verdict(): Verdict {
    return this.#live.verdict();
  }

  rtt(): DistributionSummary {
    return this.#rtt.summary();
  }

  /** The column that a time falls into, counted from the session's start. */
  columnOf(atNs: number): number {
    return Math.max(0, Math.floor(atNs / this.columnNs));
  }

  /** @returns `undefined` where nothing is known of that stretch */
  column(index: number): LiveColumn | undefined {
    return this.#columns.get(index);
  }

  readonly add = (record: ProbeRecord): void => {
    const { counts } = this;
    this.#live.add(record);
    switch (record.type) {
      case 'reply':
        counts.received++;
        if (record.isReordered) counts.reordered++;
        this.#rtt.record(record.rttNs);
        this.#at(record.sentNs).rtt[rowOf(record.rttNs)]!++;
        return;
      case 'late': {
        const column = this.#at(record.atNs - record.rttNs);
        counts.lost--;
        counts.late++;
        column.lost = Math.max(0, column.lost - 1);
        column.late++;
        return;
      }
      case 'timeout':
        this.#lose(record.sentNs);
        return;
      case 'refused':
        counts.refused++;
        return;
      case 'duplicate':
      case 'corrupted':
      case 'unaltered':
      case 'stray':
        counts[record.type]++;
        return;
      default:
        this.#addHere(record);
    }
  };

  #addHere(record: HostRecord): void {
    const { counts } = this;
    switch (record.type) {
      case 'send-failed':
        counts.sendFailed++;
        this.#at(record.atNs).here++;
        return;
      case 'skipped':
        counts.skipped += record.slots;
        this.#at(record.atNs).here += record.slots;
        return;
      case 'host-dropped':
        counts.hostDropped += record.datagrams;
        this.#at(record.atNs).here += record.datagrams;
        return;
      case 'omitted':
        counts.omitted += record.records;
        return;
      case 'held-up':
    }
  }

  #lose(sentNs: number): void {
    this.counts.lost++;
    this.#at(sentNs).lost++;
  }

  #at(atNs: number): LiveColumn {
    // What came from before the window goes to its oldest column.
    const index = Math.max(this.columnOf(atNs), this.#newest - KEPT_COLUMNS + 1);
    const known = this.#columns.get(index);
    if (known !== undefined) return known;
    const made = { rtt: new Uint32Array(ECHOGRAM_ROWS), lost: 0, late: 0, here: 0 };
    this.#columns.set(index, made);
    if (index > this.#newest) this.#newest = index;
    if (this.#columns.size > KEPT_COLUMNS) this.#forget();
    return made;
  }

  #forget(): void {
    for (const index of this.#columns.keys()) {
      if (index <= this.#newest - KEPT_COLUMNS) this.#columns.delete(index);
    }
  }
}
