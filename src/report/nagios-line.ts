// SPDX-License-Identifier: MIT
// A measurement as the one line that a Nagios check prints, with performance data as specified by the Monitoring
// Plugins Development Guidelines: https://www.monitoring-plugins.org/doc/guidelines.html

import type { SessionResult, Threshold } from '../client/session/session-result.ts';
import { missedOf } from '../client/verdict/missed.ts';
import { missedLine } from './missed-line.ts';

export type NagiosState = 'OK' | 'WARNING' | 'CRITICAL' | 'UNKNOWN';

/** `ECHOGRAM OK - UDP works. … | 'loss'=0%;1;5;0;100 …` */
export function nagiosLine(state: NagiosState, result: SessionResult): string {
  const [headline = ''] = result.verdict.sentences;
  const message = [...failedOf(result).map(missedLine), headline].join('; ');
  return `${statusLine(state, message)} | ${performanceData(result).join(' ')}`;
}

/** A line without performance data. */
export function statusLine(state: NagiosState, message: string): string {
  // Performance data begins at the first `|`, and a second line would be long output.
  const text = message.replaceAll('|', '/').replaceAll(/\s+/g, ' ').trim();
  return `ECHOGRAM ${state} - ${text}`;
}

/** The failed thresholds, only the worst one of each name. */
function failedOf({ thresholds }: SessionResult): readonly Threshold[] {
  const failed = thresholds.filter(({ held }) => !held);
  return failed.filter(
    ({ name, level }) =>
      level === 'critical' ||
      !failed.some((other) => other.name === name && other.level === 'critical'),
  );
}

/** How the numbers of a unit are written. */
interface Unit {
  readonly symbol: string;
  /** Factor from our unit to this one. */
  readonly scale: number;
  readonly most?: number;
}

const PERCENT: Unit = { symbol: '%', scale: 100, most: 100 };
const MILLISECONDS: Unit = { symbol: 'ms', scale: 1e-6 };
/** A plain count. The unit `c` would mean a counter that continues from check to check. */
const COUNT: Unit = { symbol: '', scale: 1 };

function performanceData(result: SessionResult): readonly string[] {
  const { datagrams, rttNs, smoothedJitterNs, thresholds } = result;
  const { asked, missed } = missedOf(datagrams);
  const limitsOf = (name: Threshold['name']): readonly Threshold[] =>
    thresholds.filter((threshold) => threshold.name === name);
  const direction = (label: string, name: Threshold['name']): string[] => {
    const limits = limitsOf(name);
    return limits.length === 0 ? [] : [item(label, PERCENT, limits.at(-1)!.actual, limits)];
  };
  return [
    item('loss', PERCENT, asked === 0 ? null : missed / asked, limitsOf('missedRatio')),
    ...direction('loss_forward', 'forwardLossRatio'),
    ...direction('loss_backward', 'backwardLossRatio'),
    item('rtt', MILLISECONDS, rttNs.p50),
    item('p99', MILLISECONDS, rttNs.p99, limitsOf('rttP99Ns')),
    item('jitter', MILLISECONDS, smoothedJitterNs, limitsOf('smoothedJitterNs')),
    item('sent', COUNT, datagrams.sent),
    item('received', COUNT, datagrams.received),
  ];
}

/** `'loss'=0%;1;5;0;100`: label, value with its unit, warning, critical, minimum, maximum. `U` is an unknown value. */
function item(
  label: string,
  { symbol, scale, most }: Unit,
  value: number | null,
  limits: readonly Threshold[] = [],
): string {
  const inUnit = (number: number): string => decimal(number * scale);
  const limitOf = (level: Threshold['level']): string => {
    const found = limits.find((threshold) => threshold.level === level);
    return found === undefined ? '' : inUnit(found.limit);
  };
  const written = value === null ? 'U' : `${inUnit(value)}${symbol}`;
  return `'${label}'=${written};${limitOf('warning')};${limitOf('critical')};0;${most ?? ''}`;
}

/** Without an exponent, which the grammar does not allow, and without the noise of doubles: `[0-9.]`. */
function decimal(value: number): string {
  return value.toFixed(9).replace(/\.?0+$/, '');
}
