// SPDX-License-Identifier: MIT
// What a measurement can mean, as codes: pages, exit codes and alerts go by them, never by the words. Each
// has its condition, its headline and its exit code in docs/measuring.md.

import type { VerdictCode } from '../session/session-result.ts';

export type { Verdict, VerdictCode } from '../session/session-result.ts';

/** In the order in which they are looked for: the first whose condition holds is the verdict. */
export const VERDICT_CODES = [
  'ERROR',
  'NOTHING_SENT',
  'NOTHING_LISTENS',
  'ICMP_ERROR',
  'WRONG_PROTOCOL',
  'WRONG_KEY',
  'ALL_LATE',
  'ALTERED',
  'FROM_ELSEWHERE',
  'STRAYS',
  'DROPPED_HERE',
  'NO_REPLY',
  'DOWN_NOW',
  'NOT_ALL_SENT',
  'RATE_LIMITED',
  'PARTLY_WORKS',
  'WORKS_WITH_LOSSES',
  'WORKS',
] as const satisfies readonly VerdictCode[];
