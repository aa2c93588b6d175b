// SPDX-License-Identifier: MIT
// The states of a target, the worst first, each in as few words as fit in a table.

import type { TargetStateCode } from '../watch-view.ts';

/** In the order of urgency. Codes that never occur in a watch are omitted. */
export const STATE_LABEL = {
  DOWN_NOW: 'down',
  NO_REPLY: 'no reply',
  NOTHING_LISTENS: 'port closed',
  ICMP_ERROR: 'ICMP error',
  WRONG_PROTOCOL: 'wrong protocol',
  WRONG_KEY: 'wrong key',
  ALTERED: 'altered',
  STRAYS: 'no answers',
  ALL_LATE: 'all late',
  STALE: 'no news',
  NOTHING_SENT: 'not sent',
  UNRESOLVED: 'no address',
  UNKNOWN_HERE: 'cause unknown',
  NOT_ALL_SENT: 'not all sent',
  PARTLY_WORKS: 'works in part',
  WORKS_WITH_LOSSES: 'losses',
  STARTING: 'starting',
  WORKS: 'works',
} as const satisfies Partial<Record<TargetStateCode, string>>;

/** The codes that occur in a watch. */
export type BoardCode = keyof typeof STATE_LABEL;

const RANK: ReadonlyMap<string, number> = new Map(
  Object.keys(STATE_LABEL).map((code, rank) => [code, rank]),
);

/** 0 is the worst. */
export function rankOf(code: BoardCode): number {
  return RANK.get(code)!;
}
