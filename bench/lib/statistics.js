// SPDX-License-Identifier: MIT

/** The middle value; of an even count, the mean of the middle two. NaN of none. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle];
  return (sorted[middle - 1] + sorted[middle]) / 2;
}

/** By nearest rank: the smallest value that this share of all is not above. `undefined` of none. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1];
}

/** Median and both ends. */
export function spread(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * The ratio of two series, formed inside each round: what disturbs a round disturbs both.
 *
 * @param {Map<number, number>} numerators  by round
 * @param {Map<number, number>} denominators  by round
 */
export function roundRatios(numerators, denominators) {
  const rounds = [...numerators.keys()].filter((round) => denominators.has(round));
  return rounds.map((round) => numerators.get(round) / denominators.get(round));
}
