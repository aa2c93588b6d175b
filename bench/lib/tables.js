// SPDX-License-Identifier: MIT
// A run's figures as tables of text, the same on the terminal and in the stored summary.

import { isDisturbed, undisturbed } from './disturbance.js';
import { roundRatios, spread } from './statistics.js';

/** Who is held against the others: the server as it comes, and the loop in C that it is measured by. */
const SUBJECTS = ['echogram', 'c-batch'];

/**
 * Lines of one workload's tables, of undisturbed measurements alone where a server has any: what
 * others take from the generator is missing from the echoes of whoever is measured just then.
 *
 * @param all  the single measurements of all rounds
 * @param notes  what each server is, in the order to show them
 */
export function tablesOf(all, notes) {
  const rows = [...new Set(all.map(({ variant }) => variant))].flatMap((name) =>
    undisturbed(all.filter(({ variant }) => variant === name)),
  );
  const measured = new Set(rows.map(({ variant }) => variant));
  const names = [...notes.keys()].filter((name) => measured.has(name));
  const options = names.filter((name) => name.startsWith('echogram-'));
  const peers = names.filter((name) => !name.startsWith('echogram'));
  const lines = measuredTable(rows, names, notes);
  const subjects = SUBJECTS.filter((name) => names.includes(name));
  if (subjects.length > 0 && peers.length > 0) {
    lines.push(
      '',
      'Against each other server, median (min–max) of the ratios inside each round:',
      '',
    );
    lines.push(...ratioTable(rows, subjects, peers, (subject, peer) => [subject, peer]));
  }
  if (names.includes('echogram') && options.length > 0) {
    lines.push('', 'echogram with other options against echogram as it comes:', '');
    lines.push(...ratioTable(rows, ['echogram'], options, (subject, option) => [option, subject]));
  }
  return lines;
}

function measuredTable(rows, names, notes) {
  const header = [
    'server',
    'echoes/s, median (min–max)',
    'CPU ns/echo, median (min–max)',
    'busy',
    'lost',
    'rounds',
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
      `${own.length}${own.some(isDisturbed) ? ', disturbed' : ''}`,
      notes.get(name) ?? '',
    ];
  });
  return aligned([header, ...lines]);
}

/** A line for each of `others`, two columns for each subject; `order` says what is divided by what. */
function ratioTable(rows, subjects, others, order) {
  const heads = subjects.flatMap((subject) => {
    const [over, under] = order(subject, '…');
    return [`echoes/s: ${over} ÷ ${under}`, `CPU/echo: ${over} ÷ ${under}`];
  });
  const lines = others.map((other) => [
    other,
    ...subjects.flatMap((subject) => {
      const [over, under] = order(subject, other);
      return FIELDS.map((field) => ratioCell(rows, over, under, field));
    }),
  ]);
  return aligned([['…', ...heads], ...lines]);
}

const FIELDS = ['echoesPerSecond', 'cpuNsPerEcho'];

function ratioCell(rows, over, under, field) {
  if (over === under) return '–';
  const ratios = roundRatios(byRound(rows, over, field), byRound(rows, under, field));
  if (ratios.length === 0) return 'no round has both';
  return withEnds(spread(ratios), (ratio) => ratio.toFixed(2));
}

function byRound(rows, name, field) {
  return new Map(
    rows.filter(({ variant }) => variant === name).map((row) => [row.round, row[field]]),
  );
}

/** A median with its ends, such as `3.1 (2.9–3.4)`. */
export function withEnds({ median, min, max }, format) {
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
