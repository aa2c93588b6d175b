// SPDX-License-Identifier: MIT
// Which targets the overview lists, and in which order.

import type { Outcome } from '../../report/outcome.ts';
import type { ApiStatus } from '../watch-api.ts';
import { TONES, type Shown } from './state.ts';

export interface Listed {
  readonly status: ApiStatus;
  readonly shown: Shown;
}

const BY_NAME = new Intl.Collator('en', { numeric: true });

/** Each order in the words of its choice. */
export const ORDERS = {
  worst: 'worst first',
  name: 'by name',
  loss: 'by loss',
  p50: 'by median',
  p99: 'by p99',
} as const;

export type Order = keyof typeof ORDERS;

/** Targets that do equally well stand by name, so that rows stay where they are. */
export function sortListed(listed: readonly Listed[], order: Order): readonly Listed[] {
  const rank = RANKS[order];
  const ranked = listed.map((one) => ({ one, ranks: rank(one) }));
  ranked.sort((a, b) => compareRanks(a.ranks, b.ranks) || compareNames(a.one, b.one));
  return ranked.map(({ one }) => one);
}

/** The larger the worse; the first that differs decides. */
const RANKS: Readonly<Record<Order, (listed: Listed) => readonly number[]>> = {
  worst: ({ status: { window }, shown: { tone, rank, isStale } }) => [
    -TONES.indexOf(tone),
    -rank,
    // Old numbers say nothing, and a target that works has no loss.
    isStale ? 0 : (window.lossRatio ?? 0),
    isStale || window.sent === 0 ? 0 : window.late / window.sent,
  ],
  name: () => [],
  loss: ({ status: { window } }) => [window.lossRatio ?? -1],
  p50: ({ status: { window } }) => [window.p50Ns ?? -1],
  p99: ({ status: { window } }) => [window.p99Ns ?? -1],
};

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((rank, index) => rank !== b[index]);
  return at < 0 ? 0 : b[at]! - a[at]!;
}

function compareNames(a: Listed, b: Listed): number {
  const [one, other] = [a.status.target, b.status.target];
  return BY_NAME.compare(one.name, other.name) || BY_NAME.compare(one.key, other.key);
}

/** Those in which each word of the filter stands, in name, host, address, labels or state. */
export function filterListed(
  listed: readonly Listed[],
  filter: string,
  tone: Outcome | undefined,
): readonly Listed[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return listed.filter((one) => {
    if (tone !== undefined && one.shown.tone !== tone) return false;
    if (words.length === 0) return true;
    const text = textOf(one);
    return words.every((word) => text.includes(word));
  });
}

function textOf({ status: { target, address }, shown }: Listed): string {
  const labels = Object.entries(target.labels).map(([name, value]) => `${name}=${value}`);
  const parts = [
    target.name,
    target.host,
    target.probe.name,
    address?.address,
    shown.label,
    shown.words,
  ];
  return [...parts, ...labels].join(' ').toLowerCase();
}
