// SPDX-License-Identifier: MIT
// A source of targets that may fail, and is read again as long as the watch runs.

import type { FoundTarget } from '../found-target.ts';
import type { SourceStatus } from '../watch-view.ts';

export interface TargetSource extends Disposable {
  readonly status: SourceStatus;
  /** The last good targets. */
  readonly found: readonly FoundTarget[];
  /** Settles after the first attempt to read it. */
  readonly firstRead: Promise<void>;
  /** Sets whether some of its targets don't fit into the watch. */
  setCut(isCut: boolean): void;
}

/** Receives the reports of a source. */
export interface SourceTelling {
  /** Called when it has other targets. */
  readonly onChange: () => void;
  /** Called with the reason if not all of its targets are known or fit, and with `null` when they do again. */
  readonly onTrouble: (error: string | null, status: SourceStatus) => void;
}
