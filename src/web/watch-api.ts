// SPDX-License-Identifier: MIT
// What a watch answers over HTTP below `/api/v1`, as types: the listener writes it, the pages read it. All is JSON; times
// are milliseconds since 1970 by the watch's clock, durations nanoseconds where a name says `Ns`.

import type { EngineName } from '../socket/datagram-socket.ts';
import type { AlertState } from '../watch/alerts/alert-state.ts';
import type { Counts } from '../watch/counts.ts';
import type { HistoryStatus } from '../watch/history/history.ts';
import type { ProbeSettings, WatchTarget } from '../watch/target.ts';
import type { ConfigStatus, TargetStatus } from '../watch/watch-view.ts';

/** A target without its secret. What is `undefined` is left out. */
export interface ApiTarget extends Omit<WatchTarget, 'probe'> {
  readonly probe: Omit<ProbeSettings, 'key'> & { readonly isAuthenticated: boolean };
}

/** What changes often of a target. */
export interface ApiStatus extends Omit<TargetStatus, 'target' | 'recent' | 'counters'> {
  readonly target: ApiTarget;
}

/** Of the watch as a whole. */
export interface ApiWatch {
  readonly version: string;
  /** Name of this node, as the matrix shows it. */
  readonly node: string;
  readonly engine: EngineName;
  readonly engineReason: string | null;
  readonly startedAtMs: number;
  readonly history: HistoryStatus;
  readonly config: ConfigStatus;
}

/** `GET /api/v1/targets` */
export interface ApiTargets {
  readonly nowMs: number;
  readonly watch: ApiWatch;
  /** Worst first. */
  readonly targets: readonly ApiStatus[];
  /** As `GET /api/v1/alerts` answers too. */
  readonly alerts: readonly AlertState[];
}

/** `GET /api/v1/target?key=K`; 404 for a target that is not watched, of which the history may still know. */
export interface ApiTargetDetails {
  readonly nowMs: number;
  readonly watch: ApiWatch;
  readonly status: ApiStatus;
  /** Since the target was added. */
  readonly counts: Readonly<Counts>;
  /** Those about this target. */
  readonly alerts: readonly AlertState[];
}

/**
 * An event of `GET /api/v1/live[?key=K]`, server-sent, each second, also when nothing changed: a reader that hears nothing
 * knows that what it shows is old. The first one has everything, or everything of the target with that key.
 */
export interface ApiLive {
  readonly nowMs: number;
  /** When it changed. */
  readonly watch?: ApiWatch;
  /** Those whose status is another than in the message before. */
  readonly targets: readonly ApiStatus[];
  /** Keys of targets that are not watched any more. */
  readonly left: readonly string[];
  /** All, when any of them changed. */
  readonly alerts?: readonly AlertState[];
}

/**
 * `GET /api/v1/overview?from=MS&to=MS&columns=N[&key=K]…`: small pictures, of the targets named by `key` (repeated), or of
 * all. At most 180 columns each.
 */
export interface ApiOverview {
  readonly widthMs: number;
  readonly targets: readonly {
    readonly key: string;
    /** By time. Where there is none, the target was not watched. */
    readonly columns: readonly OverviewColumn[];
  }[];
}

/** Rows of `stats/echogram.ts` that are one row here: four for each power of two. */
export const OVERVIEW_ROWS = 8;

export type OverviewColumn = readonly [
  startMs: number,
  sent: number,
  lost: number,
  late: number,
  /** Slots without a probe: skipped, unresolved, or refused by the system. */
  unsent: number,
  hostDropped: number | null,
  /** Replies in time by their round-trip time, from the lowest: row, count, row, count, … */
  rows: readonly number[],
];

/** `GET /api/v1/history?key=K&from=MS&to=MS&columns=N`, N at most 512: the width is that at which no more are needed. */
export interface ApiHistory {
  readonly widthMs: number;
  /** By time; the last may not be final. Where there is none, the target was not watched. */
  readonly columns: readonly ApiColumn[];
}

export interface ApiColumn {
  readonly startMs: number;
  readonly counts: Readonly<Counts>;
  readonly rttNs: { readonly min: number; readonly max: number; readonly sum: number } | null;
  /** Rows of `stats/echogram.ts` that hold something, from the lowest: row, count, row, count, … */
  readonly rows: readonly number[];
  readonly hostDropped: number | null;
  readonly isFinal: boolean;
}

/** `GET /api/v1/matrix[?at=MS]`: how nodes reach each other. */
export interface ApiMatrix {
  /** The moment that it shows: now, or as asked. */
  readonly atMs: number;
  /** `own row`: this node knows only what it measures itself. */
  readonly source: 'prometheus' | 'own row';
  /** Why Prometheus could not be asked, where one is given; then it is the own row. */
  readonly error: string | null;
  readonly nodes: readonly { readonly name: string; readonly zone: string | null }[];
  /** Pairs without one are not measured. */
  readonly cells: readonly ApiCell[];
}

/**
 * The last minute from one node to another; from a Prometheus that scrapes too seldom for that, the last four. Its
 * percentiles are estimates within buckets that double.
 */
export interface ApiCell {
  readonly from: string;
  readonly to: string;
  /** Of this watch's own target; `null` for pairs that others measure. */
  readonly key: string | null;
  /** `null`: nothing was sent. */
  readonly lossRatio: number | null;
  /** `null` without a reply. */
  readonly p50Ns: number | null;
  readonly p99Ns: number | null;
  /** When the numbers are from; older than half a minute before `atMs` is stale. */
  readonly measuredAtMs: number | null;
}
