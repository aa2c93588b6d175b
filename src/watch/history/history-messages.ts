// SPDX-License-Identifier: MIT
// The messages between the main thread and the history thread.

import type { WatchEvent } from '../watch-event.ts';
import type { ColumnQuery, EventQuery, HistorySeries } from './history.ts';
import type { PackedColumns } from './packed-columns.ts';
import type { SeriesName } from './series-table.ts';

export interface HistoryWorkerData {
  readonly path: string;
  readonly maxBytes: number;
}

/** Each has the time by the clock of the watch, which may be simulated. */
export type ToHistory =
  | { readonly type: 'columns'; readonly nowMs: number; readonly packed: PackedColumns }
  | { readonly type: 'event'; readonly event: WatchEvent }
  | { readonly type: 'targets'; readonly targets: readonly SeriesName[] }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }
  | { readonly type: 'close' };

export type Question =
  | { readonly of: 'columns'; readonly query: ColumnQuery }
  | { readonly of: 'events'; readonly query: EventQuery }
  | { readonly of: 'series' };

export type Answer =
  | { readonly of: 'columns'; readonly widthMs: number; readonly packed: PackedColumns }
  | { readonly of: 'events'; readonly events: readonly WatchEvent[] }
  | { readonly of: 'series'; readonly series: readonly HistorySeries[] };

/** The state from which the status is derived. */
export interface FileState {
  readonly bytes: number;
  readonly oldestMs: number | null;
  readonly writeFailures: number;
  readonly recordsLost: number;
  readonly lastError: string | null;
  /** Columns and events received, whatever happened to them. */
  readonly taken: number;
}

export type FromHistory =
  /** The first message. `path` is the path after following symbolic links. */
  | { readonly type: 'open'; readonly path: string }
  /** Instead of the first: the file is left unchanged. */
  | { readonly type: 'refused'; readonly rule: string; readonly remedy: string | undefined }
  | { readonly type: 'unavailable'; readonly reason: string }
  | { readonly type: 'state'; readonly state: FileState }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  | { readonly type: 'failed'; readonly id: number; readonly reason: string };
