// SPDX-License-Identifier: MIT
// What a measurement was asked to stay within, and whether it did: counts are compared, never quotients.

import { nearestRank } from '../stats/nearest-rank.ts';
import type { PingOptions } from './ping-options.ts';
import type { Measured, Threshold } from './session/session-result.ts';
import { missedOf } from './verdict/missed.ts';
import { exceedsRatio } from './verdict/ratios.ts';

/** What may be asked. */
export type ThresholdOptions = Pick<PingOptions, 'maxLossRatio' | 'maxP99Ms'>;

type Numbers = Pick<Measured, 'datagrams' | 'rttNs'>;

/** The limit of the 99th percentile in whole nanoseconds, where one was given. */
export function p99LimitNs({ maxP99Ms }: ThresholdOptions): number | undefined {
  return maxP99Ms === undefined ? undefined : Math.round(maxP99Ms * 1e6);
}

/**
 * Each limit that was given, with what was measured.
 *
 * @param rttsAboveLimit  replies in time that took longer than `p99LimitNs`
 */
export function checkThresholds(
  options: ThresholdOptions,
  measured: Numbers,
  rttsAboveLimit: number,
): readonly Threshold[] {
  const { maxLossRatio } = options;
  const limitNs = p99LimitNs(options);
  return [
    ...(maxLossRatio === undefined ? [] : [missedThreshold(maxLossRatio, measured)]),
    ...(limitNs === undefined ? [] : [p99Threshold(limitNs, measured, rttsAboveLimit)]),
  ];
}

function missedThreshold(limit: number, { datagrams }: Numbers): Threshold {
  const { asked, missed } = missedOf(datagrams);
  const held = asked > 0 && !exceedsRatio(missed, asked, limit);
  return { name: 'missedRatio', limit, actual: asked === 0 ? null : missed / asked, held };
}

/**
 * Held against the count of replies above the limit, which is exact: the percentile of a result comes out of buckets,
 * and may be up to 1/128 above the true one.
 */
function p99Threshold(
  limit: number,
  { datagrams, rttNs }: Numbers,
  rttsAboveLimit: number,
): Threshold {
  const { received } = datagrams;
  const { p99 } = rttNs;
  if (received === 0 || p99 === null) return { name: 'rttP99Ns', limit, actual: null, held: false };
  const held = received - rttsAboveLimit >= nearestRank(99, received);
  return { name: 'rttP99Ns', limit, actual: held ? Math.min(p99, limit) : p99, held };
}
