// SPDX-License-Identifier: MIT
// Where this program and this machine are in the numbers themselves, in words.

import { countOf, formatNs } from '../../quantities.ts';
import type { Measured } from '../session/session-result.ts';

/** Where the tool itself is in its numbers. */
export function ownDoubt({ runtime, rttNs, timestamps }: Measured): string | undefined {
  const { max } = runtime.loopDelayNs;
  if (timestamps.receive === 'kernel' || max === null || rttNs.p50 === null) return undefined;
  if (max <= rttNs.p50) return undefined;
  return `This process itself was up to ${formatNs(max)} late, more than the median: part of the tail is its own, not the path's.`;
}

/** A machine that slept lost what came meanwhile; its times are right all the same. */
export function clockDoubt({ runtime }: Measured): string | undefined {
  const { count, largestNs } = runtime.clockSteps;
  if (largestNs === null) return undefined;
  const often = count === 1 ? '' : `, and ${countOf(count - 1, 'other time')} by less`;
  if (largestNs > 0) {
    return `The wall clock got ${formatNs(largestNs)} ahead${often}: this machine was suspended, or its clock was set. This is in no round-trip time.`;
  }
  return `The wall clock was set back by ${formatNs(-largestNs)}${often}. This is in no round-trip time.`;
}
