// SPDX-License-Identifier: MIT
// What the wall clock shows at a moment of the monotonic clock. Protocols that write times of day are told
// it once, at a session's start: counted on from there by the monotonic clock, none of their times jumps.

import { monotonicNs } from '../../time.ts';
import type { ProbeChannel } from '../probe-channel.ts';

type WallTime = ReturnType<ProbeChannel['start']>;

/** `Date.now()` is cut to milliseconds, and may be read a little later. */
const CUT_MS = 2;

/** To a microsecond, unless the wall clock was set since the process started: then to a millisecond. */
export function wallTimeAt(atNs: number): WallTime {
  const originMs = performance.timeOrigin;
  const aheadMs = Date.now() - originMs - monotonicNs() / 1e6;
  const stepMs = Math.abs(aheadMs) < CUT_MS ? 0 : aheadMs;
  const wholeMs = Math.floor(originMs);
  const restNs = (originMs - wholeMs + stepMs) * 1e6 + atNs;
  return timeAfter(Math.floor(wholeMs / 1000), (wholeMs % 1000) * 1e6 + restNs);
}

/** The time that is so many nanoseconds after a whole second. */
export function timeAfter(seconds: number, ns: number): WallTime {
  const wholeNs = Math.round(ns);
  const carry = Math.floor(wholeNs / 1e9);
  return { seconds: seconds + carry, nanoseconds: wholeNs - carry * 1e9 };
}
