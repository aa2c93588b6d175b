// SPDX-License-Identifier: MIT
// The tone of each verdict: one of four colours and signs on a page.

import type { VerdictCode } from '../client/session/session-result.ts';

/** `good`: it works. `lossy`: it partly works. `down`: nothing comes back. `unknown`: nothing is known yet. */
export type Outcome = 'good' | 'lossy' | 'down' | 'unknown';

/** The tone of each verdict. */
export const OUTCOME: Readonly<Record<VerdictCode, Outcome>> = {
  ERROR: 'down',
  NOTHING_SENT: 'unknown',
  NOTHING_LISTENS: 'down',
  ICMP_ERROR: 'down',
  WRONG_PROTOCOL: 'down',
  TOO_LONG: 'down',
  WRONG_KEY: 'down',
  ALL_LATE: 'down',
  ALTERED: 'down',
  FROM_ELSEWHERE: 'down',
  STRAYS: 'down',
  DROPPED_HERE: 'down',
  NO_REPLY: 'down',
  DOWN_NOW: 'down',
  NOT_ALL_SENT: 'lossy',
  RATE_LIMITED: 'lossy',
  PARTLY_WORKS: 'lossy',
  WORKS_WITH_LOSSES: 'lossy',
  WORKS: 'good',
};

/** A sign beside the colour, for people who can't distinguish the colours. */
export const SIGN: Readonly<Record<Outcome, string>> = {
  good: '✓',
  lossy: '!',
  down: '✕',
  unknown: '?',
};
