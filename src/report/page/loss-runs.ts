// SPDX-License-Identifier: MIT
// Runs of losses by their length.

import { LOSS_RUN_LENGTHS } from '../../stats/loss-runs.ts';
import type { PageData } from '../page-data.ts';
import { countOf, formatCount } from '../../quantities.ts';
import { element, note, section, table } from '../../browser/dom.ts';

/** Lengths of runs with a separate line; longer ones share the last line. */
const RUN_LINES = 12;

export function lossRuns({ measurement }: PageData): HTMLElement {
  const { lossRuns: runs } = measurement;
  const title = 'Runs of losses';
  if (runs === null) return section('runs', title, note('Known when the measurement has ended.'));
  if (runs.count === 0) return section('runs', title, note('Nothing was lost.'));
  const lines = runLines(runs.runsByLength);
  const most = Math.max(...lines.map(([, count]) => count));
  // A single bar compares nothing.
  const hasBars = lines.length > 1;
  const rows = lines.map(([length, count]) => [
    length,
    formatCount(count),
    ...(hasBars ? [bar(count / most, 'rtt')] : []),
  ]);
  const head = ['Length', 'Runs', ...(hasBars ? ['Compared'] : [])];
  return section(
    'runs',
    title,
    note(
      `Consecutive probes without a reply in time: ${countOf(runs.count, 'run')}, the longest ${countOf(runs.longest, 'probe')}.`,
    ),
    table('Runs of losses by length', head, rows),
  );
}

function runLines(runsByLength: readonly number[]): [string, number][] {
  const lines = runsByLength.map((count, index): [string, number] => {
    const length = index + 1;
    // The last one includes all longer runs.
    return [length === LOSS_RUN_LENGTHS ? `${length} and more` : String(length), count];
  });
  const present = lines.filter(([, count]) => count > 0);
  if (present.length <= RUN_LINES) return present;
  const beyond = present.slice(RUN_LINES - 1);
  const sum = beyond.reduce((total, [, count]) => total + count, 0);
  return [...present.slice(0, RUN_LINES - 1), [`${beyond[0]![0]} and more`, sum]];
}

/** A bar in a table cell, `share` of the cell long. */
function bar(share: number, kind: string): HTMLElement {
  const filled = element('span', { class: `fill ${kind}` });
  filled.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return element('span', { class: 'meter', 'aria-hidden': 'true' }, filled);
}
