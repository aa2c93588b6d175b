// SPDX-License-Identifier: MIT
// One target on the board: its latest columns, its state, and since when it has that state.

import type { EngineName } from '../../socket/datagram-socket.ts';
import { COUNT_NAMES, noCounts, type Counts } from '../counts.ts';
import type { WatchColumn } from '../column.ts';
import type { TargetCounters } from '../fleet/fleet.ts';
import { addRttRows, decodeRttRows, percentileOfRows } from '../rtt-rows.ts';
import type { FleetMember } from '../target.ts';
import type { TargetState, TargetStatus } from '../watch-view.ts';
import { conditionOf } from './conditions.ts';
import { latestStretch, type LatestStretch } from './latest-stretch.ts';
import { RECENT_COLUMNS, RecentColumns } from './recent-columns.ts';

/** What other parts of the watch know about a target. */
export interface TargetFacts {
  readonly counters: TargetCounters;
  readonly resolveError: string | null;
  readonly addressChanges: number;
  readonly resolveFailures: number;
}

/** Totals of a target since it was added, from the columns received so far. */
export interface TargetTotals {
  readonly counts: Readonly<Counts>;
  readonly p50Ns: number | null;
  readonly p99Ns: number | null;
}

/** The present time by the wall clock, in milliseconds since 1970, and by a clock that never steps. */
export interface Moment {
  readonly nowMs: number;
  readonly steadyMs: number;
}

export class Watched {
  member: FleetMember;
  readonly #recent: RecentColumns;
  /** Columns that are not final yet, oldest first. */
  #open: readonly WatchColumn[] = [];
  readonly #counts = noCounts();
  readonly #rows = new Map<number, number>();
  readonly #addedMs: number;
  #newsAtSteadyMs: number;
  #stretch: LatestStretch | undefined;
  #state: TargetState;

  constructor(member: FleetMember, { nowMs, steadyMs }: Moment) {
    this.member = member;
    this.#recent = new RecentColumns(member.target.key);
    this.#addedMs = nowMs;
    this.#newsAtSteadyMs = steadyMs;
    this.#state = { code: 'STARTING', words: '', sinceMs: nowMs };
  }

  /** Adds a final column. */
  add(column: WatchColumn, { steadyMs }: Moment): void {
    this.#recent.add(column);
    for (const name of COUNT_NAMES) this.#counts[name] += column.counts[name];
    addRttRows(this.#rows, decodeRttRows(column.rttRows) ?? new Map<number, number>());
    this.#open = this.#open.filter(({ startMs }) => startMs > column.startMs);
    this.#news(steadyMs);
  }

  /** Replaces the columns that are not final. */
  setOpen(columns: readonly WatchColumn[], { steadyMs }: Moment): void {
    this.#open = columns;
    this.#news(steadyMs);
  }

  /** Treats everything known as out of date. */
  forgetNews(): void {
    this.#newsAtSteadyMs = -Infinity;
  }

  status(moment: Moment, facts: TargetFacts, engine: EngineName): TargetStatus {
    const { target, address } = this.member;
    const { counters, resolveError, addressChanges, resolveFailures } = facts;
    this.#stretch ??= latestStretch(this.#newestFirst(), moment.nowMs, this.#addedMs);
    const stretch = this.#stretch;
    const { lastReplyAtMs } = counters;
    // If the clock was set back, the reply appears to be in the future.
    const silentMs = lastReplyAtMs === null ? null : Math.max(0, moment.nowMs - lastReplyAtMs);
    const newsAgeMs = moment.steadyMs - this.#newsAtSteadyMs;
    const hasAddress = address !== undefined;
    const lostSince = lastReplyAtMs === null ? 0 : this.#lostSince(lastReplyAtMs);
    const known = {
      target,
      engine,
      hasAddress,
      resolveError,
      stretch,
      silentMs,
      lostSince,
      newsAgeMs,
    };
    const recent = (): readonly WatchColumn[] => this.#recentColumns();
    return {
      target,
      address: address ?? null,
      resolveError,
      addressChanges,
      resolveFailures,
      state: this.#judge(conditionOf(known), moment, silentMs),
      window: stretch.window,
      lastReplyAtMs,
      // Computed on demand: few callers need it, and it takes a while.
      get recent() {
        return recent();
      },
      counters,
    };
  }

  get totals(): TargetTotals {
    const [p50Ns, p99Ns] = [50, 99].map((percent) => percentileOfRows(this.#rows, percent));
    return { counts: this.#counts, p50Ns: p50Ns!, p99Ns: p99Ns! };
  }

  #judge(
    { code, words }: Pick<TargetState, 'code' | 'words'>,
    { nowMs }: Moment,
    silentMs: number | null,
  ): TargetState {
    const began = code === 'DOWN_NOW' ? nowMs - (silentMs ?? 0) : nowMs;
    const sinceMs = this.#state.code === code ? this.#state.sinceMs : began;
    this.#state = { code, words, sinceMs };
    return this.#state;
  }

  #news(steadyMs: number): void {
    this.#newsAtSteadyMs = steadyMs;
    this.#stretch = undefined;
  }

  /** Losses in the columns that end after this time, as far as the columns are in chronological order. */
  #lostSince(ms: number): number {
    let lost = 0;
    for (const { startMs, widthMs, counts } of this.#newestFirst()) {
      if (startMs + widthMs <= ms) break;
      lost += counts.lost;
    }
    return lost;
  }

  *#newestFirst(): Generator<WatchColumn> {
    yield* [...this.#open].reverse();
    for (let age = 0; age < this.#recent.length; age++) yield this.#recent.column(age);
  }

  #recentColumns(): WatchColumn[] {
    const kept = Math.min(this.#recent.length, RECENT_COLUMNS - this.#open.length);
    const final = Array.from({ length: kept }, (_, at) => this.#recent.column(kept - 1 - at));
    return [...final, ...this.#open];
  }
}
