// SPDX-License-Identifier: MIT
// Joins columns into wider ones.

import { mergeColumns, type WatchColumn } from '../column.ts';

/**
 * Joins columns of one target in the same interval, exactly.
 *
 * @param columns  by time
 */
export function joinColumns(columns: readonly WatchColumn[], widthMs: number): WatchColumn[] {
  const joined: WatchColumn[] = [];
  let group: WatchColumn[] = [];
  let startMs = NaN;
  const close = (): void => {
    if (group.length > 0) joined.push(mergeColumns(group, startMs, widthMs));
  };
  for (const column of columns) {
    const start = Math.floor(column.startMs / widthMs) * widthMs;
    if (start !== startMs) {
      close();
      group = [];
      startMs = start;
    }
    group.push(column);
  }
  close();
  return joined;
}
