// SPDX-License-Identifier: MIT
// A running watch as its readers see it: the HTTP listener, its page and metrics, and the terminal.

import type { VerdictCode } from '../client/session/session-result.ts';
import type { EngineName } from '../socket/datagram-socket.ts';
import type { SocketAddress } from '../socket/ip-address.ts';
import type { AlertsView } from './alerts/alert-state.ts';
import type { WatchColumn } from './column.ts';
import type { Fleet, TargetCounters } from './fleet/fleet.ts';
import type { History } from './history/history.ts';
import type { WatchTarget } from './target.ts';
import type { WatchEvent } from './watch-event.ts';

/**
 * What is wrong with a target, in the codes of a verdict, and four of a watch: no address yet; fewer than three probes
 * settled; replies that this host may have dropped itself; and no news of the prober, so that its numbers are old.
 */
export type TargetStateCode = VerdictCode | 'UNRESOLVED' | 'STARTING' | 'UNKNOWN_HERE' | 'STALE';

/** Of the last minute. */
export interface TargetState {
  readonly code: TargetStateCode;
  /** One sentence for people. */
  readonly words: string;
  readonly sinceMs: number;
}

/** The latest stretch of a target in numbers. */
export interface TargetWindow {
  readonly seconds: number;
  readonly sent: number;
  readonly received: number;
  readonly late: number;
  readonly lost: number;
  readonly lostForward: number;
  readonly lostBackward: number;
  /** 0 to 1; `null` if nothing was sent. */
  readonly lossRatio: number | null;
  readonly p50Ns: number | null;
  readonly p99Ns: number | null;
}

export interface TargetStatus {
  readonly target: WatchTarget;
  readonly address: SocketAddress | null;
  /** Why its name can't be resolved now; `null` if it can. */
  readonly resolveError: string | null;
  /** How often its name led to another address, and how often it could not be resolved, since it was added. */
  readonly addressChanges: number;
  readonly resolveFailures: number;
  readonly state: TargetState;
  readonly window: TargetWindow;
  readonly lastReplyAtMs: number | null;
  /** The last 30 minutes, 10 s each, oldest first; the open one last. */
  readonly recent: readonly WatchColumn[];
  readonly counters: TargetCounters;
}

export interface BoardView {
  /** Worst first. */
  readonly statuses: readonly TargetStatus[];
  statusOf(key: string): TargetStatus | undefined;
}

export interface ConfigStatus {
  readonly isGood: boolean;
  readonly lastGoodAtMs: number;
  readonly error: string | null;
}

/** A source of targets that may fail: files, a URL, a name. */
export interface SourceStatus {
  /** `file_sd`, `http_sd` or `dns`, and where it is read, without user and password. */
  readonly kind: 'file_sd' | 'http_sd' | 'dns';
  readonly source: string;
  readonly targets: number;
  /** Attempts to read it that failed, since it was added. */
  readonly failures: number;
  /** Of the latest attempt, or that not all of its targets fit into the watch. */
  readonly error: string | null;
}

/** As an EventEmitter, which may have more events than these, has its `on` and `off`. */
interface Listening {
  (name: 'columns', listener: (columns: readonly WatchColumn[]) => void): unknown;
  (name: 'event', listener: (event: WatchEvent) => void): unknown;
  (name: 'close', listener: () => void): unknown;
}

export interface WatchView {
  readonly on: Listening;
  readonly off: Listening;
  readonly engine: EngineName;
  readonly engineReason: string | null;
  readonly startedAtMs: number;
  /** `starting` until the targets are known, `stopping` from the moment it is told to stop. */
  readonly phase: 'starting' | 'probing' | 'stopping';
  readonly fleet: Pick<Fleet, 'counters' | 'countersOf' | 'openColumns'>;
  readonly history: Pick<History, 'status' | 'columns' | 'events' | 'series'>;
  readonly alerts: AlertsView | undefined;
  readonly board: BoardView;
  readonly targets: readonly WatchTarget[];
  readonly sources: readonly SourceStatus[];
  readonly configStatus: ConfigStatus;
}
