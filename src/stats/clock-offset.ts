// SPDX-License-Identifier: MIT
// Bounds the difference of two clocks by delays: no datagram arrives before it is sent. Let o be how far the other
// clock is ahead. Then a measured delay on the way there is the true one plus o, a measured delay on the way back is
// the true one minus o, and true delays are not negative. So −(smallest delay back) ≤ o ≤ (smallest delay there). For
// one exchange that is RFC 5905's offset ± half of the delay (section 8); here the fastest datagram of each direction
// counts.

/** How far the other clock is ahead of ours. */
export interface ClockOffsetBounds {
  /** Lower bound; if negative, the other clock may be behind. */
  readonly leastNs: number;
  /** Upper bound. If it is less than `leastNs`, the offset changed during the run, by at least the difference. */
  readonly mostNs: number;
}

/**
 * The bounds that follow from the smallest delay of each direction.
 *
 * @returns `null` if nothing was measured
 */
export function clockOffset(
  minForwardNs: number | null,
  minBackwardNs: number | null,
): ClockOffsetBounds | null {
  if (minForwardNs === null || minBackwardNs === null) return null;
  // Avoids −0, which JSON would not keep.
  return { leastNs: 0 - minBackwardNs, mostNs: minForwardNs };
}
