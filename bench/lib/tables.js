// SPDX-License-Identifier: MIT
// A run's figures as tables of text, the same on the terminal and in the stored summary.

import { roundRatios, spread } from './statistics.js';

/** What other figures are divided by, where it was measured. */
export const BASELINES = [
  'c-batch',
  'c-gso',
  'c-one',
  'node-dgram',
  'python',
  'bun',
  'sockperf',
  'socat',
];

/** Lines of one workload's tables. `rows` are the single measurements of all rounds. */
export function tablesOf(rows, notes) {
  const names = [...new Set(rows.map(({ variant }) => variant))];
  return [
    ...measuredTable(rows, names, notes),
    '',
    'Echoes per second as a multiple of another server’s: median of the ratios inside each round (min–max)',
    '',
    ...ratioTable(rows, names, 'echoesPerSecond'),
    '',
    'Server CPU per echo as a multiple of another server’s: below 1 is cheaper',
    '',
    ...ratioTable(rows, names, 'cpuNsPerEcho'),
  ];
}

function measuredTable(rows, names, notes) {
  const header = [
    'server',
    'echoes/s, median (min–max)',
    'CPU ns/echo, median (min–max)',
    'busy',
    'lost',
    'what it is',
  ];
  const lines = names.map((name) => {
    const own = rows.filter(({ variant }) => variant === name);
    const of = (field) => spread(own.map((row) => row[field]));
    const sum = (field) => own.reduce((total, row) => total + row[field], 0);
    return [
      name,
      withEnds(of('echoesPerSecond'), whole),
      withEnds(of('cpuNsPerEcho'), whole),
      `${whole(of('busyRatio').median * 100)} %`,
      `${whole(sum('lost'))} of ${whole(sum('sent'))}`,
      notes.get(name) ?? '',
    ];
  });
  return aligned([header, ...lines]);
}

function ratioTable(rows, names, field) {
  const baselines = BASELINES.filter((name) => names.includes(name));
  const subjects = names.filter((name) => name.startsWith('echogram') || name === 'c-batch');
  const against = [...(names.includes('echogram') ? ['echogram'] : []), ...baselines];
  const lines = subjects.map((subject) => [
    subject,
    ...against.map((baseline) => {
      if (subject === baseline) return '1';
      const ratios = roundRatios(byRound(rows, subject, field), byRound(rows, baseline, field));
      return ratios.length === 0 ? '–' : withEnds(spread(ratios), (ratio) => ratio.toFixed(2));
    }),
  ]);
  return aligned([['', ...against.map((name) => `÷ ${name}`)], ...lines]);
}

function byRound(rows, name, field) {
  return new Map(
    rows.filter(({ variant }) => variant === name).map((row) => [row.round, row[field]]),
  );
}

function withEnds({ median, min, max }, format) {
  return `${format(median)} (${format(min)}–${format(max)})`;
}

function whole(value) {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en-US') : '–';
}

/** Markdown tables that are also aligned as plain text. */
export function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) =>
    `| ${row.map((cell, column) => pad(cell, widths[column], column === 0)).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : dashes(width)));
  return [line(rows[0]), `| ${rule.join(' | ')} |`, ...rows.slice(1).map(line)];
}

function pad(cell, width, isFirst) {
  return isFirst ? cell.padEnd(width) : cell.padStart(width);
}

function dashes(width) {
  return `${'-'.repeat(Math.max(1, width - 1))}:`;
}
