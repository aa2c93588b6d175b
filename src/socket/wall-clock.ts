// SPDX-License-Identifier: MIT
// The time of day, for timestamps that other hosts read. Durations come from the monotonic clock.

/** Reads the time of day without allocating. */
export interface WallClock {
  /** Writes the current time. */
  read(time: { seconds: number; nanoseconds: number }): void;
  /** How far the clock may be from UTC; may cost a system call. */
  quality(): ClockQuality;
}

export interface ClockQuality {
  /** True if the system says that an external source disciplines the clock. */
  readonly isSynchronised: boolean;
  /** An upper bound if there is one. */
  readonly errorSeconds: number;
}
