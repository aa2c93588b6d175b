// SPDX-License-Identifier: MIT
// What two clocks differ by, bounded by delays: no datagram arrives before it is sent. With o what the other
// clock is ahead, a measured delay there is the true one plus o, and one back the true one less o, and true
// ones are not below zero. So −(smallest delay back) ≤ o ≤ (smallest delay there): of one exchange that is
// offset ± half of the delay of RFC 5905 section 8, and here it is of the fastest each way.

/** By how much the other clock is ahead of ours. */
export interface ClockOffsetBounds {
  /** At least so much; below zero it may be behind. */
  readonly leastNs: number;
  /** At most so much. Less than `leastNs`: the offset changed meanwhile, by the difference at least. */
  readonly mostNs: number;
}

/**
 * The bounds that the smallest delays of each direction set.
 *
 * @returns `null` where nothing was measured
 */
export function clockOffset(
  minForwardNs: number | null,
  minBackwardNs: number | null,
): ClockOffsetBounds | null {
  if (minForwardNs === null || minBackwardNs === null) return null;
  // Never −0, which JSON would not keep.
  return { leastNs: 0 - minBackwardNs, mostNs: minForwardNs };
}
