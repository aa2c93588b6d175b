// SPDX-License-Identifier: MIT
// The latest stretch of a measurement, from its records: a window of columns that moves with time, and
// running counts. Constant memory, and nothing asked of the thread that measures.

import type {
  InTimeRecord,
  LateRecord,
  ProbeRecord,
  SendFailedRecord,
  TimeoutRecord,
} from '../client/session/probe-record.ts';
import {
  RecordReducer,
  type AsideRecord,
  type RecordCounts,
  type RecordFollower,
} from '../client/session/record-reducer.ts';
import type { SessionConfig, Verdict } from '../client/session/session-result.ts';
import type { DistributionSummary } from '../stats/distribution.ts';
import { ECHOGRAM_ROWS, rowOf } from '../stats/echogram.ts';
import { LiveVerdict } from './live-verdict.ts';

/** Columns kept, and at most shown: more than most terminals are wide. */
export const KEPT_COLUMNS = 512;

/** Unless told otherwise a column is no shorter: a person sees no more of them come. */
const NARROWEST_NS = 250e6;

/** What became of the probes sent in one stretch of time. */
export interface LiveColumn {
  /** Replies in time, by row of the echogram. */
  readonly rtt: Uint32Array;
  /** Nothing came, whatever an ICMP error said. */
  lost: number;
  late: number;
  /** Not sent, left out, or dropped by this host. */
  here: number;
}

export class LivePicture {
  readonly #columns: LiveColumns;
  readonly #live: LiveVerdict;
  readonly #reduced: RecordReducer;

  /**
   * @param config       of the measurement
   * @param narrowestNs  no column is shorter
   */
  constructor(config: Pick<SessionConfig, 'intervalNs' | 'timeoutNs'>, narrowestNs = NARROWEST_NS) {
    const { intervalNs } = config;
    this.#live = new LiveVerdict(intervalNs);
    this.#columns = new LiveColumns(intervalNs * Math.ceil(narrowestNs / intervalNs));
    this.#reduced = new RecordReducer(config, [this.#columns, this.#live]);
  }

  /** How long a column is. */
  get columnNs(): number {
    return this.#columns.columnNs;
  }

  get counts(): RecordCounts {
    return this.#reduced.counts;
  }

  /** What the latest stretch says. */
  verdict(): Verdict {
    return this.#live.verdict(this.#reduced.counts, this.#reduced.latestNs);
  }

  rtt(): DistributionSummary {
    return this.#reduced.rtt();
  }

  /** The column that a time falls into, counted from the session's start. */
  columnOf(atNs: number): number {
    return this.#columns.indexOf(atNs);
  }

  /** @returns `undefined` where nothing is known of that stretch */
  column(index: number): LiveColumn | undefined {
    return this.#columns.get(index);
  }

  add(record: ProbeRecord): void {
    this.#reduced.add(record);
  }
}

/** The window. */
class LiveColumns implements RecordFollower {
  readonly columnNs: number;
  readonly #columns = new Map<number, LiveColumn>();
  #newest = 0;

  constructor(columnNs: number) {
    this.columnNs = columnNs;
  }

  indexOf(atNs: number): number {
    return Math.max(0, Math.floor(atNs / this.columnNs));
  }

  get(index: number): LiveColumn | undefined {
    return this.#columns.get(index);
  }

  received({ sentNs, rttNs }: InTimeRecord): void {
    this.#at(sentNs).rtt[rowOf(rttNs)]!++;
  }

  lost({ sentNs }: TimeoutRecord): void {
    this.#at(sentNs).lost++;
  }

  late(_record: LateRecord, sentNs: number, wasLost: boolean): void {
    const column = this.#at(sentNs);
    column.late++;
    // Its loss may have left the window.
    if (wasLost && column.lost > 0) column.lost--;
  }

  unsent({ atNs }: SendFailedRecord): void {
    this.#at(atNs).here++;
  }

  skipped(slotNs: number, slots: number): void {
    this.#at(slotNs).here += slots;
  }

  aside(record: AsideRecord): void {
    if (record.type === 'host-dropped') this.#at(record.atNs).here += record.datagrams;
  }

  #at(atNs: number): LiveColumn {
    // What came from before the window goes to its oldest column.
    const index = Math.max(this.indexOf(atNs), this.#newest - KEPT_COLUMNS + 1);
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
