// SPDX-License-Identifier: MIT
// Describes how this program and this machine affected the numbers.

import { countOf, formatNs } from '../../quantities.ts';
import type { Measured } from '../session/session-result.ts';

/** A sentence for numbers that include delays of this program itself. */
export function ownDoubt({ runtime, rttNs, timestamps }: Measured): string | undefined {
  const { max } = runtime.loopDelayNs;
  if (timestamps.receive === 'kernel' || max === null || rttNs.p50 === null) return undefined;
  if (max <= rttNs.p50) return undefined;
  return `This process itself ran up to ${formatNs(max)} late, which is more than the median: it caused part of the tail, not the path.`;
}

/** A suspended machine loses what arrives meanwhile; its times are still right. */
export function clockDoubt({ runtime }: Measured): string | undefined {
  const { count, largestNs } = runtime.clockSteps;
  if (largestNs === null) return undefined;
  const often = count === 1 ? '' : `, and ${countOf(count - 1, 'other time')} by less`;
  if (largestNs > 0) {
    return `The wall clock jumped ahead by ${formatNs(largestNs)}${often}: this machine was suspended, or its clock was set. Round-trip times are not affected.`;
  }
  return `The wall clock was set back by ${formatNs(-largestNs)}${often}. Round-trip times are not affected.`;
}
