// SPDX-License-Identifier: MIT
// All numbers in tables: durations and counts, of each direction if the protocol provides them, and ICMP errors.

import type { Measurement, PageData } from '../page-data.ts';
import { formatCount, formatNs } from '../../quantities.ts';
import { icmpErrorKind } from '../../client/session/icmp-error-kind.ts';
import { element, section, table } from '../../browser/dom.ts';

type Summary = Measurement['rttNs'];

export function directions({ measurement }: PageData): HTMLElement[] {
  const { forward, backward } = measurement;
  if (forward === null && backward === null) return [];
  const both = [forward, backward];
  const row = (
    name: string,
    value: (direction: NonNullable<typeof forward>) => string,
  ): string[] => [name, ...both.map((direction) => (direction === null ? '-' : value(direction)))];
  const rows = [
    row('Lost', ({ lost }) => countText(lost)),
    row('Reordered', ({ reordered }) => countText(reordered)),
    row('Duplicates', ({ duplicate }) => countText(duplicate)),
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

function countText(count: number | null): string {
  return count === null ? '-' : formatCount(count);
}

export function numbers({ measurement }: PageData): HTMLElement {
  const { rttNs, pdvNs, ipdvNs, schedule, timestamps, datagrams } = measurement;
  const all: readonly (readonly [string, Summary | null | undefined])[] = [
    ['Round-trip time', rttNs],
    ['Delay variation (PDV)', pdvNs],
    ['Between neighbours (IPDV)', ipdvNs],
    ['Sent after its slot', schedule?.sendErrorNs],
    ['From its slot to the reply', schedule?.responseNs],
    ['Seen later than by the kernel', timestamps?.userToKernelNs],
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
        element('div', {}, element('dt', {}, name), element('dd', {}, formatCount(count))),
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
    formatCount(error.count),
  ]);
  return [table('ICMP errors', ['ICMP error', 'From', 'Count'], rows)];
}
