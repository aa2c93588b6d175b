// SPDX-License-Identifier: MIT
// The interface of a history, which stores the columns and events of a watch in a database or in memory.

import type { WatchColumn } from '../column.ts';
import type { WatchEvent, WatchEventKind } from '../watch-event.ts';
import type { WatchTarget } from '../target.ts';

/** The widths of stored columns, and how long each is kept. */
export interface HistoryTier {
  readonly widthMs: number;
  readonly keepMs: number;
}

const DAY_MS = 86_400_000;

export const HISTORY_TIERS: readonly HistoryTier[] = [
  { widthMs: 10_000, keepMs: 2 * DAY_MS },
  { widthMs: 60_000, keepMs: 14 * DAY_MS },
  { widthMs: 600_000, keepMs: 365 * DAY_MS },
  { widthMs: 3_600_000, keepMs: 730 * DAY_MS },
];

/** A target that was ever watched. */
export interface HistorySeries {
  readonly key: string;
  readonly name: string;
  readonly probe: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Start of its first and its latest column. */
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface ColumnQuery {
  /** Default: all targets. */
  readonly keys?: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  /**
   * Chooses the finest tier that has no more columns than this for the period, and still contains its start. If there
   * is none, columns of the widest tier are joined. One answer has at most 100,000 columns of all targets together.
   */
  readonly mostColumns: number;
}

export interface ColumnAnswer {
  /** The width of the chosen tier, or a multiple of it. */
  readonly widthMs: number;
  /** By key, then by time. */
  readonly columns: readonly WatchColumn[];
}

export interface EventQuery {
  /** Events of this target and of the watch as a whole; default: all. */
  readonly key?: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Of these kinds; default: all. */
  readonly kinds?: readonly WatchEventKind[];
  /** The maximum number; the latest are returned. */
  readonly most: number;
}

export interface HistoryStatus {
  readonly kind: 'sqlite' | 'memory';
  /** Why there is no database; `null` if there is one, or none was requested. */
  readonly reason: string | null;
  readonly path: string | null;
  readonly bytes: number;
  readonly oldestMs: number | null;
  /** Failed write attempts. The data waits for the next attempt. */
  readonly writeFailures: number;
  /** Columns and events that were discarded because too many waited to be written. */
  readonly recordsLost: number;
  /** Why the latest write attempt failed; `null` if it succeeded. */
  readonly lastError: string | null;
}

export interface History extends AsyncDisposable {
  readonly status: HistoryStatus;
  /** Stores final columns. It never waits or throws: columns that can't be written are counted. */
  write(columns: readonly WatchColumn[]): void;
  writeEvent(event: WatchEvent): void;
  /** Sets the current targets, with their labels. */
  setTargets(targets: readonly WatchTarget[]): void;
  columns(query: ColumnQuery): Promise<ColumnAnswer>;
  events(query: EventQuery): Promise<readonly WatchEvent[]>;
  series(): Promise<readonly HistorySeries[]>;
  /** The listener is called when writing begins to fail, and when it works again. */
  onTrouble(listener: (error: string | null) => void): void;
}
