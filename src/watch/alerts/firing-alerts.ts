// SPDX-License-Identifier: MIT
// Which alerts were firing when the program ended, from the events in the history.

import type { History } from '../history/history.ts';

export interface FiringAlert {
  readonly rule: string;
  readonly key: string;
  readonly sinceMs: number;
  /** What was measured when it was raised. */
  readonly words: string;
}

/** How far back an alert may have been raised that is still firing. */
const REACH_MS = 366 * 86_400_000;

const MOST_EVENTS = 20_000;

/** @param rules  names of the rules that there are: the detail of an event begins with that of its rule */
export async function firingAlerts(
  history: Pick<History, 'events'>,
  rules: readonly string[],
  nowMs: number,
): Promise<readonly FiringAlert[]> {
  const events = await history.events({
    fromMs: nowMs - REACH_MS,
    // The clock may have been set back since.
    toMs: nowMs + REACH_MS,
    most: MOST_EVENTS,
    kinds: ['alert_raised', 'alert_cleared'],
  });
  // The longest first: one name may begin with another.
  const names = [...rules].sort((a, b) => b.length - a.length);
  const firing = new Map<string, FiringAlert>();
  for (const { atMs, key, kind, detail } of events) {
    const rule = names.find((name) => detail.startsWith(`${name}: `));
    if (rule === undefined || key === null) continue;
    const id = `${rule}\n${key}`;
    const words = detail.slice(rule.length + 2);
    if (kind === 'alert_raised') firing.set(id, { rule, key, sinceMs: atMs, words });
    else firing.delete(id);
  }
  return [...firing.values()];
}
