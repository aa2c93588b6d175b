// SPDX-License-Identifier: MIT
// The trials of a load as tables: response times at shares of the rate, and every trial with its outcome.

import type { LoadResult, LoadTrial } from '../../../load/load-result.ts';
import { missedOf, rateNear } from '../../../load/verdict/load-words.ts';
import { formatCount, formatNs, formatRatio } from '../../../quantities.ts';
import { note, section, table } from '../../../browser/dom.ts';
import { outcomeWords, wholeOf } from '../../trial-outcome.ts';

/** None without a profile. */
export function profileTable({ trials, throughput, knee }: LoadResult): HTMLElement[] {
  const { lowerPps } = throughput;
  const steps = trials.filter(({ phase }) => phase === 'profile' || phase === 'overload');
  if (lowerPps === null || steps.length === 0) return [];
  const wholePps = wholeOf(steps);
  const rows = steps.map((trial) => [
    `${Math.round((trial.intendedPps / wholePps) * 100)} %`,
    `${rateNear(trial.intendedPps)}/s`,
    lossOf(trial),
    ...timesOf(trial),
  ]);
  const head = ['Load', 'Rate', 'Lost', 'p50', 'p95', 'p99', 'Longest'];
  const rule = knee === null ? [] : [note(`Knee: ${rateNear(knee.pps)}/s. ${knee.rule}.`)];
  const title = 'Response times under load';
  return [section('profile', title, table(title, head, rows), ...rule)];
}

export function trialTable({ trials }: LoadResult): HTMLElement[] {
  if (trials.length === 0) return [];
  const rows = trials.map((trial, at) => [
    String(at + 1),
    trial.phase,
    `${rateNear(trial.offeredPps)}/s`,
    formatNs(trial.durationNs),
    formatCount(trial.sent),
    lossOf(trial),
    ...timesOf(trial).slice(0, 3),
    formatNs(trial.growthNs),
    outcomeWords(trial),
  ]);
  const head = [
    ...['Trial', 'Phase', 'Sent per second', 'For', 'Sent', 'Lost'],
    ...['p50', 'p95', 'p99', 'Grew by', 'Outcome'],
  ];
  return [
    section(
      'trials',
      'All trials',
      table('All trials', head, rows),
      note(
        'Response times count from the moment at which a datagram was due. Grew by: the median of the last quarter of a trial, less that of the first.',
      ),
    ),
  ];
}

function lossOf(trial: LoadTrial): string {
  return formatRatio(trial.sent === 0 ? null : missedOf(trial) / trial.sent);
}

function timesOf({ responseNs: { p50, p95, p99, max } }: LoadTrial): string[] {
  return [p50, p95, p99, max].map(formatNs);
}
