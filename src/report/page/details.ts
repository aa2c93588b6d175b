// SPDX-License-Identifier: MIT
// What is read rather than seen: runs of losses, source ports, directions, all numbers, and how it was
// measured.

import { LOSS_RUN_LENGTHS } from '../../stats/loss-runs.ts';
import type { Measurement, PageData } from '../page-data.ts';
import { LOSS_CAUSES, type PagePicture } from '../page-picture.ts';
import { countOf, formatNs, formatRatio } from '../../quantities.ts';
import { icmpErrorKind } from '../../client/session/icmp-error-kind.ts';
import { element, section, table, type Child } from './dom.ts';
import { timeLabel } from './scale.ts';
import { lossesAt } from './tracks.ts';

type Summary = Measurement['rttNs'];

/** Lengths of runs that have a line each; longer ones share the last. */
const RUN_LINES = 12;

/** A bar of a table, `share` of the cell long. */
function bar(share: number, kind: string): HTMLElement {
  const filled = element('span', { class: `fill ${kind}` });
  filled.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return element('span', { class: 'meter', 'aria-hidden': 'true' }, filled);
}

export function lossRuns({ measurement }: PageData): HTMLElement {
  const { lossRuns: runs } = measurement;
  const title = 'Runs of losses';
  if (runs === null) return section('runs', title, note('Known at the end of a measurement only.'));
  if (runs.count === 0) return section('runs', title, note('Nothing was lost.'));
  const lines = runLines(runs.runsByLength);
  const most = Math.max(...lines.map(([, count]) => count));
  const rows = lines.map(([length, count]) => [
    length,
    String(count),
    bar(count / most, 'cause-path'),
  ]);
  return section(
    'runs',
    title,
    note(
      `Probes lost one after the other, late ones among them: ${countOf(runs.count, 'run')}, the longest of ${runs.longest}.`,
    ),
    table('Runs of losses by length', ['Length', 'Runs', 'Beside the most'], rows),
  );
}

function runLines(runsByLength: readonly number[]): [string, number][] {
  const lines = runsByLength.map((count, index): [string, number] => {
    const length = index + 1;
    // The last holds all that are longer.
    return [length === LOSS_RUN_LENGTHS ? `${length} and more` : String(length), count];
  });
  const present = lines.filter(([, count]) => count > 0);
  if (present.length <= RUN_LINES) return present;
  const beyond = present.slice(RUN_LINES - 1);
  const sum = beyond.reduce((total, [, count]) => total + count, 0);
  return [...present.slice(0, RUN_LINES - 1), [`${beyond[0]![0]} and more`, sum]];
}

/** A strip with a column for each port, and the figures below. */
export function ports({ measurement }: PageData): HTMLElement {
  const { streams } = measurement;
  const title = 'Source ports';
  if (streams.length < 2) {
    const [only] = streams;
    const text = only === undefined ? 'None.' : `All probes left from port ${only.sourcePort}.`;
    return section('ports', title, note(`${text} --flows looks at several paths.`));
  }
  const slowest = Math.max(1, ...streams.map(({ rttMeanNs }) => rttMeanNs ?? 0));
  const worst = Math.max(0.01, ...streams.map(({ lossRatio }) => lossRatio ?? 0));
  const column = (share: number, kind: string, title: string): HTMLElement => {
    const filled = element('span', { class: `fill ${kind}` });
    filled.style.height = `${share * 100}%`;
    return element('span', { class: 'port', title }, filled);
  };
  const strip = element(
    'div',
    { class: 'strip', 'aria-hidden': 'true' },
    ...streams.map(({ sourcePort, lossRatio, rttMeanNs }) => {
      const text = `port ${sourcePort}: ${formatRatio(lossRatio)} lost, ${formatNs(rttMeanNs)}`;
      return element(
        'span',
        {},
        column((lossRatio ?? 0) / worst, 'cause-path', text),
        column((rttMeanNs ?? 0) / slowest, 'rtt', text),
      );
    }),
  );
  const rows = streams.map(({ sourcePort, sent, received, lost, late, lossRatio, rttMeanNs }) => [
    String(sourcePort),
    ...[sent, received, lost, late].map(String),
    formatRatio(lossRatio),
    formatNs(rttMeanNs),
  ]);
  const head = ['Port', 'Sent', 'Received', 'Lost', 'Late', 'Loss', 'Mean RTT'];
  return section(
    'ports',
    title,
    note(
      `Where a network balances its load, each port may take another path. Above: loss, up to ${formatRatio(worst)}; below: mean round-trip time, up to ${formatNs(slowest)}.`,
    ),
    strip,
    folded(`Figures of ${streams.length} ports`, () => table('Source ports', head, rows)),
  );
}

/** Made when it is opened: it may be long. */
function folded(title: string, make: () => HTMLElement): HTMLElement {
  const details = element('details', {}, element('summary', {}, title));
  details.addEventListener('toggle', () => {
    if (details.open && details.children.length === 1) details.append(make());
  });
  return details;
}

export function directions({ measurement }: PageData): HTMLElement[] {
  const { forward, backward } = measurement;
  if (forward === null && backward === null) return [];
  const both = [forward, backward];
  const row = (
    name: string,
    value: (direction: NonNullable<typeof forward>) => string,
  ): string[] => [name, ...both.map((direction) => (direction === null ? '-' : value(direction)))];
  const rows = [
    row('Lost', ({ lost }) => String(lost ?? '-')),
    row('Reordered', ({ reordered }) => String(reordered ?? '-')),
    row('Duplicates', ({ duplicate }) => String(duplicate ?? '-')),
    row('Delay, fastest', ({ delayNs }) => formatNs(delayNs?.min ?? null)),
    row('Delay, median', ({ delayNs }) => formatNs(delayNs?.p50 ?? null)),
    row('Delay, p99', ({ delayNs }) => formatNs(delayNs?.p99 ?? null)),
    row('IPDV, p99', ({ ipdvNs }) => formatNs(ipdvNs.p99)),
    row('PDV, p99', ({ pdvNs }) => formatNs(pdvNs.p99)),
  ];
  return [
    section(
      'directions',
      'Each direction',
      table('Each direction', ['Figure', 'Forward', 'Backward'], rows),
    ),
  ];
}

export function numbers({ measurement }: PageData): HTMLElement {
  const { rttNs, pdvNs, ipdvNs, schedule, timestamps, datagrams } = measurement;
  const all: readonly (readonly [string, Summary | null | undefined])[] = [
    ['Round-trip time', rttNs],
    ['Delay variation (PDV)', pdvNs],
    ['Between neighbours (IPDV)', ipdvNs],
    ['Sent after its time', schedule?.sendErrorNs],
    ['From its time to the reply', schedule?.responseNs],
    ['Seen later than the kernel', timestamps?.userToKernelNs],
  ];
  const rows = all.flatMap(([name, series]) =>
    typeof series?.p50 === 'number' ? [[name, ...valuesOf(series)]] : [],
  );
  const counts: readonly (readonly [string, number])[] = [
    ['sent', datagrams.sent],
    ['received in time', datagrams.received],
    ['lost', datagrams.lost],
    ['late', datagrams.late],
    ['duplicate', datagrams.duplicate],
    ['reordered', datagrams.reordered],
    ['altered', datagrams.corrupted],
    ['stray', datagrams.stray],
    ['ICMP errors', datagrams.icmpErrors],
    ['not sent', datagrams.sendFailed],
    ...(schedule === null ? [] : ([['skipped', schedule.skipped]] as const)),
  ];
  const head = ['Duration', 'min', 'mean', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max', 'stddev'];
  return section(
    'numbers',
    'Numbers',
    table('Durations', head, rows),
    element(
      'dl',
      { class: 'counts' },
      ...counts.map(([name, count]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, String(count))),
      ),
    ),
    ...icmpErrors(measurement),
  );
}

function valuesOf({ min, mean, p50, p90, p95, p99, p999, max, stddev }: Summary): string[] {
  return [min, mean, p50, p90, p95, p99, p999, max, stddev].map(formatNs);
}

function icmpErrors({ icmpErrors: all }: Measurement): HTMLElement[] {
  if (all.length === 0) return [];
  const rows = all.map((error) => [
    icmpErrorKind(error),
    error.from ?? 'not known',
    String(error.count),
  ]);
  return [table('ICMP errors', ['ICMP error', 'From', 'Count'], rows)];
}

/** How it was measured: all that is needed to judge it, or to do it again. */
export function provenance({ command, measurement, picture, schema }: PageData): HTMLElement {
  const { tool, config, timestamps, endedBy, target } = measurement;
  const facts: readonly (readonly [string, Child])[] = [
    ['Command', element('code', {}, command)],
    ['Program', `echogram ${tool.version}, Node ${tool.node}, ${tool.platform}`],
    ['Engine', tool.engine],
    ['Clock', clockText(timestamps)],
    ['Asked', `${target.host}, ${target.address} port ${target.port}, ${target.protocol}`],
    ['Probes', probesText(config)],
    [
      'Ended by',
      endedBy === null ? 'not known' : `${endedBy.code} ${endedBy.message ?? ''}`.trim(),
    ],
    [
      'Bins',
      `${countOf(picture.sent.length, 'column')} of ${formatNs(picture.columnNs)} by sending time; rows of 1/${picture.rowsPerOctave} octave of round-trip time; ${schema}`,
    ],
  ];
  return section(
    'provenance',
    'How it was measured',
    element(
      'dl',
      { class: 'facts' },
      ...facts.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
    ),
  );
}

function probesText({
  schedule,
  intervalNs,
  timeoutNs,
  payloadBytes,
  ...rest
}: Measurement['config']): string {
  const dscp = rest.dscp === null ? '' : `, DSCP ${rest.dscp}`;
  return `${payloadBytes} bytes, ${schedule}, every ${formatNs(intervalNs)}, waited for ${formatNs(timeoutNs)}${dscp}`;
}

function clockText(timestamps: Measurement['timestamps']): string {
  if (timestamps === null) return 'not known yet';
  const source = { kernel: "the kernel's time stamps", user: "this program's monotonic clock" };
  const { send, receive } = timestamps;
  if (send === receive) return `sending and receiving by ${source[send]}`;
  return `sending by ${source[send]}, receiving by ${source[receive]}`;
}

/** The picture for whoever reads it with a screen reader, or wants its figures. */
export function pictureTable({ picture }: PageData): HTMLElement {
  const make = (): HTMLElement => {
    const head = [
      'From',
      'Sent',
      'Received',
      'Lost',
      'Path',
      'This host',
      'ICMP error',
      'Altered',
      'Late',
    ];
    const rows = picture.sent.map((sent, column) => [
      timeLabel((column * picture.columnNs) / 1e9),
      ...[sent, picture.received[column]!, lossesAt(picture, column)].map(String),
      ...LOSS_CAUSES.map((cause) => String(picture.losses[cause][column]!)),
      ...percentilesAt(picture, column),
      formatNs(picture.largestSendErrorNs[column]!),
      picture.largestStallNs[column] === 0 ? '-' : formatNs(picture.largestStallNs[column]!),
      String(picture.skipped[column]!),
    ]);
    const host = ['Sent late by', 'Stalled for', 'Skipped'];
    return table('The echogram in figures', [...head, 'p50', 'p90', 'p99', ...host], rows);
  };
  return section('figures', 'The picture as a table', folded('Each column of the echogram', make));
}

function percentilesAt({ percentilesNs }: PagePicture, column: number): string[] {
  const { p50, p90, p99 } = percentilesNs;
  return [p50, p90, p99].map((values) => formatNs(values[column] ?? null));
}

function note(text: string): HTMLElement {
  return element('p', { class: 'note' }, text);
}
