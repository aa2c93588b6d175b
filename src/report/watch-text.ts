// SPDX-License-Identifier: MIT
// A watch for people who read lines: changes, events, and what was counted at the end.

import { escapeText } from '../printable.ts';
import { countOf, formatCount, formatNs, formatRatio } from '../quantities.ts';
import { STATE_LABEL, type BoardCode } from '../watch/board/states.ts';
import type { WatchEvent } from '../watch/watch-event.ts';
import type { TargetSummary, WatchSummary } from '../watch/watch-summary.ts';
import type { TargetStatus } from '../watch/watch-view.ts';

/** `2026-11-27T17:03:11Z fra DOWN_NOW Down: no reply for 34 s.` */
export function stateLine({ target, state }: TargetStatus, nowMs: number): string {
  return [timeOf(nowMs), subject(target.key), state.code, state.words].join(' ');
}

/** `2026-11-27T17:03:11Z - config_reloaded the configuration was replaced` */
export function eventLine({ atMs, key, kind, detail }: WatchEvent): string {
  return [timeOf(atMs), key === null ? '-' : subject(key), kind, escapeText(detail)].join(' ');
}

/** `2026-11-27T17:03:11Z - targets 12: down 1, works 11` */
export function overviewLine(statuses: readonly TargetStatus[], nowMs: number): string {
  const count = formatCount(statuses.length);
  const words = statuses.length === 0 ? '' : `: ${statesInWords(statuses)}`;
  return `${timeOf(nowMs)} - targets ${count}${words}`;
}

/** `down 1, losses 2, works 9`, in the order of the statuses. */
export function statesInWords(statuses: readonly TargetStatus[]): string {
  const counts = new Map<string, number>();
  for (const { state } of statuses) {
    const label = STATE_LABEL[state.code as BoardCode];
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].map(([label, count]) => `${label} ${formatCount(count)}`).join(', ');
}

/** A line for the watch as a whole, and one for each target. */
export function watchSummary({ startedAtMs, endedAtMs, targets }: WatchSummary): string[] {
  // A clock that was set back must not make it negative.
  const lasted = formatNs(Math.max(0, endedAtMs - startedAtMs) * 1e6);
  const head = `--- ${countOf(targets.length, 'target')}, ${lasted} ---`;
  return [head, ...targets.map(targetLine)];
}

function targetLine({ target, state, sent, counts, lossRatio, ...times }: TargetSummary): string {
  const { lost, late, sendFailed, skipped } = counts;
  const parts = [
    `${formatCount(sent)} sent`,
    `${formatCount(lost)} lost`,
    `${formatCount(late)} late (${formatRatio(lossRatio)})`,
    ...(sendFailed === 0 ? [] : [`${formatCount(sendFailed)} not sent`]),
    ...(skipped === 0 ? [] : [`${formatCount(skipped)} skipped`]),
    `p50 ${formatNs(times.p50Ns)}`,
    `p99 ${formatNs(times.p99Ns)}`,
    `at the end: ${STATE_LABEL[state.code as BoardCode]}`,
  ];
  return `${subject(target.key)}: ${parts.join(', ')}`;
}

/** The name of a target on a line, without the default probe. */
function subject(key: string): string {
  return escapeText(key.replace(/ default(?= ipv[46]$|$)/, ''));
}

/** In UTC, to the second. */
function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
