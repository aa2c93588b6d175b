// SPDX-License-Identifier: MIT
// The events of a running watch.

import type { EchogramError } from '../errors.ts';
import type { WatchColumn } from './column.ts';
import type { WatchTarget } from './target.ts';
import type { WatchEvent } from './watch-event.ts';
import type { WatchSummary } from './watch-summary.ts';
import type { TargetStateCode, TargetStatus } from './watch-view.ts';

/** Events of a `Watch`, and what each passes to its listeners. */
export interface WatchEvents {
  /** Columns of ten seconds whose probes are all settled, in chronological order for each target. */
  columns: [columns: readonly WatchColumn[]];
  /** An event other than probes: a clock step, a new address, an alert. */
  event: [event: WatchEvent];
  /** The targets from now on. */
  targets: [targets: readonly WatchTarget[]];
  /**
   * The state of a target has changed. States are evaluated when final columns arrive, whenever somebody requests
   * columns that are not final, and every five seconds.
   */
  state: [status: TargetStatus, before: TargetStateCode];
  /** Something the user should know, as a whole sentence. The first listener also gets the earlier warnings. */
  warning: [message: string];
  /**
   * The watch can no longer probe: it stops, and `close` follows. Not emitted without a listener, so that it never ends
   * the process; `closed` rejects in any case.
   */
  error: [error: EchogramError<'ECHOGRAM_ERR_WATCH_FAILED'>];
  /** The watch has stopped; all outstanding probes are counted. */
  close: [summary: WatchSummary];
}
