// SPDX-License-Identifier: MIT
// The wall clock time at a moment of the monotonic clock. Protocols that write times of day read it once, at a
// session's start. From there they count with the monotonic clock, so that none of their times jumps.

import { wallMsAtZero } from '../../time.ts';
import type { ProbeChannel } from '../probe-channel.ts';

type WallTime = ReturnType<ProbeChannel['start']>;

/** Of two readings in milliseconds; a larger difference is a step of the wall clock. */
const ROUNDING_MS = 2;

/**
 * The wall clock at zero of `performance.now()`, in milliseconds since 1970.
 *
 * @param assumedMs  the result unless the wall clock was set since
 * @param nowMs  `performance.now()`, read just before
 */
export function followWallClock(assumedMs: number, nowMs: number): number {
  if (isSame(Date.now() - nowMs, assumedMs)) return assumedMs;
  // The clock was set, or this thread lost its core between these two readings.
  const readMs = wallMsAtZero();
  return isSame(readMs, assumedMs) ? assumedMs : readMs;
}

function isSame(readMs: number, assumedMs: number): boolean {
  return Math.abs(readMs - assumedMs) < ROUNDING_MS;
}

/** Accurate to a microsecond, unless the wall clock was set since the process started; then to a millisecond. */
export function wallTimeAt(atNs: number): WallTime {
  const originMs = performance.timeOrigin;
  const stepMs = followWallClock(originMs, performance.now()) - originMs;
  const wholeMs = Math.floor(originMs);
  const restNs = (originMs - wholeMs + stepMs) * 1e6 + atNs;
  return timeAfter(Math.floor(wholeMs / 1000), (wholeMs % 1000) * 1e6 + restNs);
}

/** The time that many nanoseconds after a whole second. */
export function timeAfter(seconds: number, ns: number): WallTime {
  const wholeNs = Math.round(ns);
  const carry = Math.floor(wholeNs / 1e9);
  return { seconds: seconds + carry, nanoseconds: wholeNs - carry * 1e9 };
}
