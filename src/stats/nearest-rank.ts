// SPDX-License-Identifier: MIT
// Percentiles by nearest rank: the smallest sample that at least p percent of all samples do not exceed (RFC 2330
// §11.3, the inverse of its empirical distribution function). A single sample is every percentile. Ties need no special
// case, because equal samples have neighbouring ranks.

/** The combined rounding error of percent, division and product, relative to the product. */
const ROUNDING = 2 ** -51;

/**
 * The rank, from 1 for the smallest, of the sample that is the percentile.
 *
 * It never interpolates, so P50 of an even number of samples is the lower of the two middle ones; RFC 2330's median
 * would be their mean.
 *
 * @param percent  0 to 100; 0 is the smallest sample
 * @param count  number of samples, at least 1
 */
export function nearestRank(percent: number, count: number): number {
  // 99.9 / 100 × 1000 may come out above 999, and must not become rank 1000.
  const rank = Math.ceil((percent / 100) * count * (1 - ROUNDING));
  return Math.min(count, Math.max(1, rank));
}
