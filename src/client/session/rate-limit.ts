// SPDX-License-Identifier: MIT
// Recognizes a rate limit on the path: replies at a steady pace, although their round-trip times show no queue.

import type { DistributionSummary } from '../../stats/distribution.ts';
import type { SteadyPace } from '../../stats/pace.ts';
import type { RateLimit } from './session-result.ts';

/**
 * Maximum datagrams in a queue for flat times: a policer has no queue, and a bottleneck's queue drops when it is full.
 */
const FLAT_DATAGRAMS = 2;

/**
 * A steady pace is due to a rate limit if round-trip times are flat; otherwise it is due to a slow link with a queue.
 *
 * @param pdv  distribution of round-trip times minus their minimum: subtracting the minimum from a percentile would
 * keep the error of the whole percentile
 */
export function rateLimitOf(
  pace: SteadyPace | null,
  { p50 }: Pick<DistributionSummary, 'p50'>,
): RateLimit | null {
  if (pace === null || p50 === null) return null;
  const { perSecond, burst } = pace;
  if (p50 > (FLAT_DATAGRAMS / perSecond) * 1e9) return null;
  return { perSecond: Number(perSecond.toPrecision(4)), burst };
}
