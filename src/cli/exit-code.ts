// SPDX-License-Identifier: MIT
// The exit code of each verdict, as in docs/measuring.md, and that of a Nagios check.

import type { SessionResult, VerdictCode } from '../client/session/session-result.ts';
import type { NagiosState } from '../report/nagios-line.ts';
import { EXIT_FAILED, EXIT_NO_REPLY, EXIT_OK } from './io.ts';

/** Exit codes if all thresholds held; if one failed, the exit code is 1, or 2 as here. */
export const EXIT_CODE: Readonly<Record<VerdictCode, number>> = {
  ERROR: EXIT_FAILED,
  NOTHING_SENT: EXIT_NO_REPLY,
  TOO_LONG: EXIT_NO_REPLY,
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

/** Exit codes of Nagios plugins (Monitoring Plugins Development Guidelines, "Plugin Return Codes"). */
export const NAGIOS_EXIT_CODE: Readonly<Record<NagiosState, number>> = {
  OK: 0,
  WARNING: 1,
  CRITICAL: 2,
  UNKNOWN: 3,
};

/** If this host could not measure, nothing is known about the path. */
const OWN_FAILURES: ReadonlySet<VerdictCode> = new Set(['ERROR', 'NOTHING_SENT', 'DROPPED_HERE']);

/** The state of a check: it is critical if no reply arrived, or if replies stopped. */
export function nagiosStateOf({ verdict, thresholds }: SessionResult): NagiosState {
  const { code } = verdict;
  if (OWN_FAILURES.has(code)) return 'UNKNOWN';
  if (EXIT_CODE[code] !== EXIT_OK || code === 'DOWN_NOW') return 'CRITICAL';
  const failed = thresholds.filter(({ held }) => !held);
  const known = failed.filter(({ actual }) => actual !== null);
  if (known.some(({ level }) => level === 'critical')) return 'CRITICAL';
  if (known.length < failed.length) return 'UNKNOWN';
  return failed.length > 0 ? 'WARNING' : 'OK';
}
