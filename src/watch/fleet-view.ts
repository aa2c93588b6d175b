// SPDX-License-Identifier: MIT
// The prober as readers of a watch see it. A result that one reader requests is shared by all.

import type { WatchColumn } from './column.ts';
import type { Fleet, FleetCounters, TargetCounters } from './fleet/fleet.ts';

type Readable = Pick<Fleet, 'counters' | 'countersOf' | 'openColumns'>;

export class FleetView implements Readable {
  readonly #fleet: Readable;
  readonly #onOpenColumns: (columns: readonly WatchColumn[]) => void;
  #asking: Promise<readonly WatchColumn[]> | undefined;

  constructor(fleet: Readable, onOpenColumns: (columns: readonly WatchColumn[]) => void) {
    this.#fleet = fleet;
    this.#onOpenColumns = onOpenColumns;
  }

  /** The counters of the prober as a whole. */
  get counters(): FleetCounters {
    return this.#fleet.counters;
  }

  /** `undefined` for a target that is not watched. */
  countersOf(key: string): TargetCounters | undefined {
    return this.#fleet.countersOf(key);
  }

  /** The columns that are not final yet. Concurrent requests get the same answer. */
  openColumns(): Promise<readonly WatchColumn[]> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<readonly WatchColumn[]> {
    const columns = await this.#fleet.openColumns();
    this.#onOpenColumns(columns);
    return columns;
  }
}
