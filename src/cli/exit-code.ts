// SPDX-License-Identifier: MIT
// The exit code of each verdict, as docs/measuring.md has it.

import type { VerdictCode } from '../client/session/session-result.ts';
import { EXIT_FAILED, EXIT_NO_REPLY, EXIT_OK } from './io.ts';

/** Of a measurement whose thresholds all held; where one did not it is 1, or 2 as here. */
export const EXIT_CODE: Readonly<Record<VerdictCode, number>> = {
  ERROR: EXIT_FAILED,
  NOTHING_SENT: EXIT_NO_REPLY,
  NOTHING_LISTENS: EXIT_NO_REPLY,
  ICMP_ERROR: EXIT_NO_REPLY,
  WRONG_PROTOCOL: EXIT_NO_REPLY,
  WRONG_KEY: EXIT_NO_REPLY,
  ALL_LATE: EXIT_NO_REPLY,
  ALTERED: EXIT_NO_REPLY,
  FROM_ELSEWHERE: EXIT_NO_REPLY,
  STRAYS: EXIT_NO_REPLY,
  DROPPED_HERE: EXIT_NO_REPLY,
  NO_REPLY: EXIT_NO_REPLY,
  DOWN_NOW: EXIT_OK,
  NOT_ALL_SENT: EXIT_OK,
  RATE_LIMITED: EXIT_OK,
  PARTLY_WORKS: EXIT_OK,
  WORKS_WITH_LOSSES: EXIT_OK,
  WORKS: EXIT_OK,
};
