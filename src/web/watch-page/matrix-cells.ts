// SPDX-License-Identifier: MIT
// What a cell of the matrix says: its text, its words, and how bad it is.

import { formatNs, formatRatio } from '../../quantities.ts';
import type { ApiCell, ApiMatrix } from '../watch-api.ts';
import { ageText } from './times.ts';

/**
 * Older numbers are not those of the moment that is shown. Prometheus may scrape only once a minute; a scrape that fails
 * is no news at once.
 */
const STALE_MS: Readonly<Record<ApiMatrix['source'], number>> = {
  'own row': 30_000,
  prometheus: 90_000,
};

/** When the cells shown were measured, and the source of their numbers. */
export type Shown = Pick<ApiMatrix, 'atMs' | 'source'>;

/** `slow0` to `slow4` by round-trip time, `lossy1` and `lossy2` by loss. */
export type CellKind =
  'own' | 'none' | 'old' | 'down' | 'lossy1' | 'lossy2' | `slow${0 | 1 | 2 | 3 | 4}`;

/** From here on a loss is a strong one. */
const STRONG_LOSS = 0.02;

/** Each tenfold from 1 ms on is a step. */
const SLOW_NS = [1e6, 10e6, 50e6, 200e6] as const;

export function kindOf(cell: ApiCell | undefined, { atMs, source }: Shown): CellKind {
  if (cell === undefined) return 'none';
  const { lossRatio, p99Ns, measuredAtMs } = cell;
  if (measuredAtMs === null || atMs - measuredAtMs > STALE_MS[source]) return 'old';
  if (lossRatio === null) return 'none';
  if (lossRatio === 1) return 'down';
  if (lossRatio > 0) return lossRatio >= STRONG_LOSS ? 'lossy2' : 'lossy1';
  const step = SLOW_NS.filter((ns) => (p99Ns ?? 0) >= ns).length as 0 | 1 | 2 | 3 | 4;
  return `slow${step}`;
}

/** As short as a cell: loss in percent, or else p99 in milliseconds. */
export function cellText(cell: ApiCell | undefined, kind: CellKind): string {
  if (kind === 'own') return '';
  if (kind === 'none' || cell === undefined) return '·';
  if (kind === 'old') return '?';
  if (kind === 'down') return '✕';
  if (cell.lossRatio! > 0) return `${shortNumber(cell.lossRatio! * 100)}%`;
  return cell.p99Ns === null ? '–' : shortNumber(cell.p99Ns / 1e6);
}

/** Two digits that count. */
function shortNumber(value: number): string {
  if (value >= 10) return String(Math.round(value));
  return value >= 1 ? String(Number(value.toPrecision(2))) : value.toPrecision(1).replace(/^0/, '');
}

/** In a sentence. */
export function cellWords(
  from: string,
  to: string,
  cell: ApiCell | undefined,
  shown: Shown,
): string {
  const pair = `${from} to ${to}`;
  if (from === to) return `${pair}: itself`;
  const kind = kindOf(cell, shown);
  if (kind === 'none' || cell === undefined) return `${pair}: not measured`;
  const { lossRatio, p50Ns, p99Ns, measuredAtMs } = cell;
  if (measuredAtMs === null) return `${pair}: no news`;
  const age = shown.atMs - measuredAtMs;
  const old = kind === 'old' ? `no news for ${ageText(age)}; before that ` : '';
  const rtt = p99Ns === null ? 'no reply' : `median ${formatNs(p50Ns)}, p99 ${formatNs(p99Ns)}`;
  return `${pair}: ${old}${formatRatio(lossRatio)} lost, ${rtt}`;
}
