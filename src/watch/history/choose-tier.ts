// SPDX-License-Identifier: MIT
// Chooses the columns that answer a query: those of a tier, or joined columns of the widest tier.

import type { ColumnQuery } from './history.ts';

/** Maximum columns of all targets in one answer. */
const MOST_COLUMNS = 100_000;

/** What a tier contains for the targets in question. */
export interface TierHoldings {
  readonly widthMs: number;
  /** Start of the oldest column; `null` without any. */
  readonly oldestMs: number | null;
}

export interface TierChoice {
  readonly tier: number;
  /** A multiple of the tier's width. */
  readonly widthMs: number;
}

/**
 * The finest tier that has few enough columns and reaches back as far as there is data; if there is none, the widest
 * tier, joined.
 *
 * @param tiers     the finest first
 * @param keyCount  number of targets
 */
export function chooseTier(
  tiers: readonly TierHoldings[],
  query: Pick<ColumnQuery, 'fromMs' | 'toMs' | 'mostColumns'>,
  keyCount: number,
): TierChoice {
  const share = Math.floor(MOST_COLUMNS / Math.max(1, keyCount));
  const most = Math.max(1, Math.min(query.mostColumns, share));
  const spanMs = Math.max(0, query.toMs - query.fromMs);
  const tier = tiers.findIndex(
    ({ widthMs }, index) => spanMs / widthMs <= most && reachesBack(tiers, index, query.fromMs),
  );
  if (tier >= 0) return { tier, widthMs: tiers[tier]!.widthMs };
  const widest = tiers.length - 1;
  const { widthMs } = tiers[widest]!;
  return { tier: widest, widthMs: widthMs * Math.max(1, Math.ceil(spanMs / widthMs / most)) };
}

/**
 * A wider tier begins earlier either only because its columns are wider, or because it contains what this one no longer
 * has.
 */
function reachesBack(tiers: readonly TierHoldings[], index: number, fromMs: number): boolean {
  const { oldestMs } = tiers[index]!;
  return tiers.slice(index + 1).every((wider) => {
    if (wider.oldestMs === null) return true;
    if (oldestMs === null) return false;
    const begin = Math.floor(oldestMs / wider.widthMs) * wider.widthMs;
    return begin <= Math.max(fromMs, wider.oldestMs);
  });
}
