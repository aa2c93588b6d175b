// SPDX-License-Identifier: MIT
// Passes the prober's reports to the watch, which is created after it.

import type { WatchColumn } from './column.ts';
import type { FleetHandlers } from './fleet/fleet.ts';
import type { WatchEvent } from './watch-event.ts';

export class FleetReports implements FleetHandlers {
  #listener: FleetHandlers | undefined;
  /** It may fail before anybody listens. */
  #failure: Error | undefined;

  listen(listener: FleetHandlers): void {
    this.#listener = listener;
    if (this.#failure !== undefined) listener.onFailure(this.#failure);
  }

  readonly onColumns = (columns: readonly WatchColumn[]): void => {
    this.#listener?.onColumns(columns);
  };

  readonly onEvent = (event: WatchEvent): void => {
    this.#listener?.onEvent(event);
  };

  readonly onFailure = (error: Error): void => {
    this.#failure = error;
    this.#listener?.onFailure(error);
  };
}
