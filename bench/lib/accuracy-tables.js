// SPDX-License-Identifier: MIT
// The figures of an accuracy run as tables of text, and whether the targets are met.

import { isDisturbed, undisturbed } from './disturbance.js';
import { median, spread } from './statistics.js';
import { aligned, withEnds } from './tables.js';

/** What the kernel's timestamps and the schedule are to give. */
const TARGETS = [
  { field: 'absP50Ns', limitNs: 2_000, what: 'abs(RTT − capture), median' },
  { field: 'absP99Ns', limitNs: 20_000, what: 'abs(RTT − capture), p99' },
  { field: 'reportedErrorP99Ns', limitNs: 100_000, what: 'send error, p99, as reported' },
  { field: 'lateP99Ns', limitNs: 100_000, what: 'sent late, p99, by the capture' },
];

const SUBJECT = 'echogram-linux';

/**
 * Lines of all tables.
 *
 * @param all    the measurements of all rounds
 * @param notes  what each prober is, by name
 */
export function accuracyTables(all, notes) {
  const groups = groupsOf(all);
  return [
    '## Round-trip time against the capture of the same packets, µs',
    '',
    ...tableOf(groups, [
      ['matched', (rows) => share(rows, 'matched', 'reported')],
      ['abs(RTT − capture) p50', (rows) => ends(rows, 'absP50Ns')],
      ['p90', (rows) => middle(rows, 'absP90Ns')],
      ['p99', (rows) => ends(rows, 'absP99Ns')],
      ['max', (rows) => largest(rows, 'absMaxNs')],
      ['RTT − capture p50', (rows) => middle(rows, 'addedP50Ns')],
      ['p99', (rows) => middle(rows, 'addedP99Ns')],
      ['begun between taps', (rows) => share(rows, 'bracketed', 'matched')],
      ['taps apart', (rows) => middle(rows, 'betweenTapsP50Ns')],
      ['capture p50', (rows) => middle(rows, 'capturedP50Ns')],
      ['p99', (rows) => middle(rows, 'capturedP99Ns')],
      ['rounds', roundsOf],
    ]),
    '',
    '## When probes were sent, µs',
    '',
    ...tableOf(groups, [
      ['skipped', (rows) => share(rows, 'skipped', 'slots')],
      ['reported error p50', (rows) => middle(rows, 'reportedErrorP50Ns')],
      ['p99', (rows) => ends(rows, 'reportedErrorP99Ns')],
      ['max', (rows) => largest(rows, 'reportedErrorMaxNs')],
      ['late by capture p50', (rows) => middle(rows, 'lateP50Ns')],
      ['p99', (rows) => ends(rows, 'lateP99Ns')],
      ['max', (rows) => largest(rows, 'lateMaxNs')],
      ['gap error p50', (rows) => middle(rows, 'gapErrorP50Ns')],
      ['p99', (rows) => middle(rows, 'gapErrorP99Ns')],
      ['CPU/probe', (rows) => ends(rows, 'cpuNsPerProbe')],
    ]),
    '',
    '## Who measured',
    '',
    ...[...notes].map(([name, note]) => `- ${name}: ${note}`),
    '',
    '## Targets',
    '',
    ...targetLines(groups),
  ];
}

/** One for each network, prober and server, in that order of appearance, of undisturbed measurements. */
function groupsOf(all) {
  const groups = new Map();
  for (const row of all) {
    const key = `${row.network} ${row.prober} ${row.server}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map(undisturbed);
}

function tableOf(groups, columns) {
  const header = ['prober', 'network', 'server', ...columns.map(([title]) => title)];
  const lines = groups.map((rows) => {
    const { network, prober, server } = rows[0];
    return [prober, network, server, ...columns.map(([, cell]) => cell(rows))];
  });
  return aligned([header, ...lines]);
}

function targetLines(groups) {
  const own = groups.filter(([{ prober }]) => prober === SUBJECT);
  return TARGETS.flatMap(({ field, limitNs, what }) =>
    own.map((rows) => {
      const { network, server } = rows[0];
      const foundNs = median(valuesOf(rows, field));
      const verdict = foundNs <= limitNs ? 'met' : 'MISSED';
      const found = `${micros(foundNs)} µs of ${micros(limitNs)} µs`;
      return `- ${what}, ${network}, server ${server}: ${found}: ${verdict}`;
    }),
  );
}

function valuesOf(rows, field) {
  return rows.map((row) => row[field]).filter((value) => value !== undefined);
}

/** Median over the rounds, with its ends. */
function ends(rows, field) {
  const values = valuesOf(rows, field);
  return values.length === 0 ? '–' : withEnds(spread(values), micros);
}

function middle(rows, field) {
  const values = valuesOf(rows, field);
  return values.length === 0 ? '–' : micros(median(values));
}

/** Of all rounds. */
function largest(rows, field) {
  const values = valuesOf(rows, field);
  return values.length === 0 ? '–' : micros(Math.max(...values));
}

/** Sums of all rounds. */
function share(rows, part, whole) {
  const sum = (field) => valuesOf(rows, field).reduce((total, value) => total + value, 0);
  return valuesOf(rows, part).length === 0 ? '–' : `${sum(part)} of ${sum(whole)}`;
}

function roundsOf(rows) {
  return `${rows.length}${rows.some(isDisturbed) ? ', disturbed' : ''}`;
}

function micros(valueNs) {
  return (valueNs / 1000).toFixed(1);
}
