// SPDX-License-Identifier: MIT
// Finds targets whose state has changed since the last call.

import type { TargetStateCode, TargetStatus } from '../watch-view.ts';

export interface StateChange {
  readonly status: TargetStatus;
  readonly before: TargetStateCode;
}

export class StateChanges {
  #known = new Map<string, TargetStateCode>();

  /** A new target begins as `STARTING`, which is not a change. */
  take(statuses: readonly TargetStatus[]): readonly StateChange[] {
    const changes = statuses.flatMap((status) => {
      const before = this.#known.get(status.target.key) ?? 'STARTING';
      return before === status.state.code ? [] : [{ status, before }];
    });
    this.#known = new Map(statuses.map(({ target, state }) => [target.key, state.code]));
    return changes;
  }
}
