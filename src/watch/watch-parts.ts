// SPDX-License-Identifier: MIT
// What a watch needs from its parts.

import type { AlertsView } from './alerts/alert-state.ts';
import type { WatchColumn } from './column.ts';
import type { WatchConfig } from './config/watch-config.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { FleetReports } from './fleet-reports.ts';
import type { History } from './history/history.ts';
import type { FleetMember, WatchTarget } from './target.ts';
import type { WatchEvent } from './watch-event.ts';
import type { SourceStatus, TargetStateCode } from './watch-view.ts';

/** The lookups of a target's name since the target was added. */
export interface Resolution {
  /** The error of the latest attempt; `null` if it succeeded, or none was needed. */
  readonly error: string | null;
  readonly addressChanges: number;
  readonly failures: number;
}

export interface TargetsHandlers {
  /** Called with the targets to probe from now on. */
  readonly onMembers: (members: readonly FleetMember[]) => void;
  readonly onEvent: (event: WatchEvent) => void;
}

/** Finds targets, and the addresses of their names, until it is closed. */
export interface TargetsPart extends AsyncDisposable {
  readonly sources: readonly SourceStatus[];
  resolutionOf(key: string): Resolution | undefined;
  /** @throws OptionError, and nothing has changed then */
  reload(config: WatchConfig): Promise<void>;
}

export interface AlertsHandlers {
  readonly onEvent: (event: WatchEvent) => void;
  /** Code of a target's state now; `undefined` for one that is not watched. */
  readonly stateOf: (key: string) => TargetStateCode | undefined;
}

/** Evaluates rules on columns, and sends notifications, until it is closed. */
export interface AlertsPart extends AlertsView, AsyncDisposable {
  /** Sets the current targets: the alerts of others end. */
  setTargets(targets: readonly WatchTarget[]): void;
  /** Adds final columns whose targets' states are already evaluated. */
  add(columns: readonly WatchColumn[]): void;
  reload(config: WatchConfig): Promise<void>;
}

export interface WatchParts {
  readonly config: WatchConfig;
  readonly fleet: Fleet;
  readonly reports: FleetReports;
  readonly history: History;
  readonly openTargets: (handlers: TargetsHandlers) => Promise<TargetsPart>;
  readonly openAlerts: (handlers: AlertsHandlers) => Promise<AlertsPart | undefined>;
}
