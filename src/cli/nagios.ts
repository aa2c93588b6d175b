// SPDX-License-Identifier: MIT
// echogram ping --nagios: a check for Nagios and compatible systems, with one line on standard output and their exit
// codes.

import type { PingOptions } from '../client/ping-options.ts';
import type { SessionResult } from '../client/session/session-result.ts';
import { createError } from '../errors.ts';
import { nagiosLine, statusLine } from '../report/nagios-line.ts';
import { sourceOf, type Given } from './given-options.ts';
import { NAGIOS_EXIT_CODE, nagiosStateOf } from './exit-code.ts';
import type { PING_FLAGS } from './flags/ping.ts';
import type { Io } from './io.ts';

/** The number that check_ping sends: a check has to end. */
const CHECK_COUNT = 5;

/** The number of probes of a check, if neither a count nor a duration is given. */
export function countOfCheck({
  nagios,
  count,
  durationMs,
}: Given<typeof PING_FLAGS>['values']): Pick<PingOptions, 'count'> {
  const isOpenEnded = count === undefined && durationMs === undefined;
  return nagios === true && isOpenEnded ? { count: CHECK_COUNT } : {};
}

/**
 * Prints the result of a check.
 *
 * @param failures  errors of files that should have been written too
 * @returns the exit code
 */
export function tellCheck(result: SessionResult, failures: readonly string[], io: Io): number {
  if (failures.length > 0) return tellUnknown(failures.join('; '), io);
  const state = nagiosStateOf(result);
  io.stdout.data(nagiosLine(state, result));
  return NAGIOS_EXIT_CODE[state];
}

/** Prints that there is nothing to judge. @returns the exit code */
export function tellUnknown(message: string, io: Io): number {
  io.stdout.data(statusLine('UNKNOWN', message));
  return NAGIOS_EXIT_CODE.UNKNOWN;
}

/**
 * Only a check may have two limits: everything else has a single exit code for a failed threshold.
 *
 * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE`
 */
export function requireOneLimitEach(given: Given<typeof PING_FLAGS>): void {
  for (const name of LIMITS) {
    const limit = given.values[name];
    if (limit === undefined || typeof limit === 'number') continue;
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: sourceOf(name, given),
      rule: 'one limit, or WARN,CRIT with --nagios',
      value: given.sources.get(name)?.text,
      remedy: 'give one limit, or add --nagios',
    });
  }
}

const LIMITS = [
  'maxLossRatio',
  'maxForwardLossRatio',
  'maxBackwardLossRatio',
  'maxP99Ms',
  'maxJitterMs',
] as const;
