// SPDX-License-Identifier: MIT
// The monotonic clock, from which every duration comes; wall-clock time is only ever shown.

/**
 * Nanoseconds since the process started, monotonic, and the same in all its threads. A double holds them
 * exactly for 104 days and to 2 ns for 208, and unlike `process.hrtime.bigint()` reading them allocates nothing.
 */
export function monotonicNs(): number {
  return performance.now() * 1e6;
}

/** Two clocks read this close together were read at the same time. */
const TOGETHER_NS = 100_000;

const MAX_READINGS = 16;

/**
 * The wall clock at zero of a monotonic clock, in milliseconds since 1970: at most 1 ms too low, as `Date.now()` is
 * truncated. A thread that loses its core between the two readings repeats them, or the wall clock would seem to have
 * been set.
 */
export function wallMsAtZero(nowNs: () => number = monotonicNs): number {
  for (let reading = 1; ; reading++) {
    const beforeNs = nowNs();
    const wallMs = Date.now();
    const isTogether = nowNs() - beforeNs <= TOGETHER_NS;
    if (isTogether || reading === MAX_READINGS) return wallMs - beforeNs / 1e6;
  }
}

/**
 * The start of a run, for a variable that holds times: 0 as a double. V8 represents small integers differently, and
 * discards the code compiled for a field when the field gets its first double.
 */
export const START_NS = -0;
