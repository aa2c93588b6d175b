// SPDX-License-Identifier: MIT
// The latest stretch of a measurement, from its records: a window of columns that moves with time, and running counts.
// It takes constant memory, and no time of the measuring thread.

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

/** Maximum columns kept and shown: more than most terminals are wide. */
export const KEPT_COLUMNS = 512;

/** Default minimum length of a column: people can't follow more of them. */
const NARROWEST_NS = 250e6;

/** The outcomes of the probes sent in one interval. */
export interface LiveColumn {
  /** Replies in time, by row of the echogram. */
  readonly rtt: Uint32Array;
  /** No reply arrived, with or without an ICMP error. */
  lost: number;
  late: number;
  /** This host did not send them, or dropped their replies. */
  here: number;
  /** Slots skipped because this host was late. */
  skipped: number;
}

type LiveConfig = Pick<SessionConfig, 'intervalNs' | 'timeoutNs'>;

export class LivePicture {
  readonly #config: LiveConfig;
  readonly #live: LiveVerdict;
  /** Counts of the whole measurement. */
  readonly #whole: RecordReducer;
  #columns: LiveColumns;
  /** Counts since the view was reset; until then the same as `#whole`. */
  #shown: RecordReducer;
  #sinceNs = 0;

  /**
   * @param config       of the measurement
   * @param narrowestNs  minimum length of a column
   */
  constructor(config: LiveConfig, narrowestNs = NARROWEST_NS) {
    const { intervalNs } = config;
    this.#config = config;
    this.#live = new LiveVerdict(intervalNs);
    this.#columns = new LiveColumns(intervalNs * Math.ceil(narrowestNs / intervalNs));
    this.#whole = new RecordReducer(config, [this.#columns, this.#live]);
    this.#shown = this.#whole;
  }

  /** The length of a column. */
  get columnNs(): number {
    return this.#columns.columnNs;
  }

  /** The first visible column. */
  get firstColumn(): number {
    return this.columnOf(this.#sinceNs);
  }

  /** When the view began, since the session's start. */
  get sinceNs(): number {
    return this.#sinceNs;
  }

  get counts(): RecordCounts {
    return this.#shown.counts;
  }

  /** The verdict on the latest stretch, including the time before the view was reset. */
  verdict(): Verdict {
    return this.#live.verdict(this.#whole.counts, this.#whole.latestNs);
  }

  rtt(): DistributionSummary {
    return this.#shown.rtt();
  }

  /** Resets the columns, counts and times: from now on they cover only probes that are sent later. */
  beginAnew(nowNs: number): void {
    this.#sinceNs = nowNs;
    this.#columns = new LiveColumns(this.#columns.columnNs);
    this.#shown = new RecordReducer(this.#config, [this.#columns]);
  }

  /** The column of a time, counted from the session's start. */
  columnOf(atNs: number): number {
    return this.#columns.indexOf(atNs);
  }

  /** @returns `undefined` if nothing is known about that interval */
  column(index: number): LiveColumn | undefined {
    return this.#columns.get(index);
  }

  add(record: ProbeRecord): void {
    this.#whole.add(record);
    if (this.#shown !== this.#whole && beganNs(record) >= this.#sinceNs) this.#shown.add(record);
  }
}

/** When the recorded event began: for a reply or a timeout, when its probe was sent. */
function beganNs(record: ProbeRecord): number {
  if ('sentNs' in record) return record.sentNs;
  return 'rttNs' in record ? record.atNs - record.rttNs : record.atNs;
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
    // Its loss may already have left the window.
    if (wasLost && column.lost > 0) column.lost--;
  }

  unsent({ atNs }: SendFailedRecord): void {
    this.#at(atNs).here++;
  }

  skipped(slotNs: number, slots: number): void {
    this.#at(slotNs).skipped += slots;
  }

  aside(record: AsideRecord): void {
    if (record.type === 'host-dropped') this.#at(record.atNs).here += record.datagrams;
  }

  #at(atNs: number): LiveColumn {
    // Events from before the window go to its oldest column.
    const index = Math.max(this.indexOf(atNs), this.#newest - KEPT_COLUMNS + 1);
    const known = this.#columns.get(index);
    if (known !== undefined) return known;
    const made = { rtt: new Uint32Array(ECHOGRAM_ROWS), lost: 0, late: 0, here: 0, skipped: 0 };
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
