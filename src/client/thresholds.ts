// SPDX-License-Identifier: MIT
// What a measurement was asked to stay within, and whether it did: counts are compared, never quotients.

import type { Measured, Threshold } from './session/session-result.ts';
import { missedOf } from './verdict/missed.ts';
import { exceedsRatio } from './verdict/ratios.ts';

/** What may be asked. */
export interface ThresholdOptions {
  /** At most so much of what was asked for may go unanswered, from 0 to 1. */
  readonly maxLossRatio?: number;
  /** The 99th percentile of round-trip time may be at most so long. */
  readonly maxP99Ms?: number;
}

type Numbers = Pick<Measured, 'datagrams' | 'rttNs'>;

/** Each limit that was given, with what was measured. */
export function checkThresholds(
  { maxLossRatio, maxP99Ms }: ThresholdOptions,
  measured: Numbers,
): readonly Threshold[] {
  return [
    ...(maxLossRatio === undefined ? [] : [missedThreshold(maxLossRatio, measured)]),
    ...(maxP99Ms === undefined ? [] : [p99Threshold(maxP99Ms, measured)]),
  ];
}

function missedThreshold(limit: number, { datagrams }: Numbers): Threshold {
  const { asked, missed } = missedOf(datagrams);
  const held = asked > 0 && !exceedsRatio(missed, asked, limit);
  return { name: 'missedRatio', limit, actual: asked === 0 ? null : missed / asked, held };
}

function p99Threshold(limitMs: number, { rttNs }: Numbers): Threshold {
  const limit = Math.round(limitMs * 1e6);
  return {
    name: 'rttP99Ns',
    limit,
    actual: rttNs.p99,
    held: rttNs.p99 !== null && rttNs.p99 <= limit,
  };
}
