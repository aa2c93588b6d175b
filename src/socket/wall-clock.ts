// SPDX-License-Identifier: MIT
// The time of day, for what is stamped for other hosts to read. Durations come from the monotonic clock.

/** Reads the time of day without allocating. */
export interface WallClock {
  /** Writes the time now. */
  read(time: { seconds: number; nanoseconds: number }): void;
  /** How far it may be from UTC; may cost a system call. */
  quality(): ClockQuality;
}

export interface ClockQuality {
  /** True where the system says that an outside source keeps the clock. */
  readonly isSynchronised: boolean;
  /** An upper bound where there is one. */
  readonly errorSeconds: number;
}
