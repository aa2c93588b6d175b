// SPDX-License-Identifier: MIT
// What a rule of an alert can compare: numbers of the latest stretch of a target. docs/alerts.md has the table for users.

import { formatCount, formatNs, formatRatio } from '../../quantities.ts';
import { RATIO, duration } from '../../options/quantity.ts';
import { wholeNumber, type ValueText } from '../../options/kind.ts';
import { sentOf, type CountName, type Counts } from '../counts.ts';
import { percentileOfRows, type RttRows } from '../rtt-rows.ts';

/** The latest stretch of a target. */
export interface Stretch {
  readonly counts: Readonly<Counts>;
  readonly rows: RttRows;
}

export interface AlertMetric {
  /** How its values are written in a rule. */
  readonly text: ValueText<number>;
  /** `undefined` if nothing is known: neither good nor bad. */
  readonly valueOf: (stretch: Stretch) => number | undefined;
  readonly format: (value: number) => string;
  /** It counts replies that did not come, so that replies which this host dropped may be its cause. */
  readonly isOfLoss: boolean;
}

const NS_PER_MS = 1e6;

const DURATION = duration().text!;

/** In nanoseconds, as the numbers that it is compared with. */
const NANOSECONDS: ValueText<number> = {
  read: (name, text) => DURATION.read(name, text) * NS_PER_MS,
  write: (ns) => DURATION.write(ns / NS_PER_MS),
};

function ratioOf(...names: readonly CountName[]): AlertMetric {
  return {
    text: RATIO.text!,
    valueOf: ({ counts }) => {
      const sent = sentOf(counts);
      return sent === 0 ? undefined : sumOf(counts, names) / sent;
    },
    format: formatRatio,
    isOfLoss: true,
  };
}

function percentile(percent: number): AlertMetric {
  return {
    text: NANOSECONDS,
    valueOf: ({ rows }) => percentileOfRows(rows, percent) ?? undefined,
    format: formatNs,
    isOfLoss: false,
  };
}

/** Of what is settled for probes that were sent. */
function countOfSent(...names: readonly CountName[]): AlertMetric {
  return {
    text: COUNT,
    valueOf: ({ counts }) => (sentOf(counts) === 0 ? undefined : sumOf(counts, names)),
    format: formatCount,
    isOfLoss: true,
  };
}

/** Of what there may be without a probe. */
function countOf(...names: readonly CountName[]): AlertMetric {
  return {
    text: COUNT,
    valueOf: ({ counts }) => sumOf(counts, names),
    format: formatCount,
    isOfLoss: false,
  };
}

const COUNT = wholeNumber(0, Number.MAX_SAFE_INTEGER).text!;

function sumOf(counts: Readonly<Counts>, names: readonly CountName[]): number {
  return names.reduce((sum, name) => sum + counts[name], 0);
}

export const ALERT_METRICS = {
  loss: ratioOf('lost', 'late'),
  loss_forward: ratioOf('lostForward'),
  loss_backward: ratioOf('lostBackward'),
  late: ratioOf('late'),
  p50: percentile(50),
  p90: percentile(90),
  p95: percentile(95),
  p99: percentile(99),
  received: countOfSent('received'),
  unanswered: countOfSent('lost', 'late'),
  sent: countOf('received', 'late', 'lost'),
  duplicate: countOf('duplicate'),
  reordered: countOf('reordered'),
  corrupted: countOf('corrupted'),
  send_failed: countOf('sendFailed'),
  skipped: countOf('skipped'),
  unresolved: countOf('unresolved'),
} as const satisfies Readonly<Record<string, AlertMetric>>;

export type AlertMetricName = keyof typeof ALERT_METRICS;
