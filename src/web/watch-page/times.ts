// SPDX-License-Identifier: MIT
// Moments and ages in words. Moments are in the reader's time zone, which each page names.

import { formatCount } from '../../quantities.ts';

const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const WHOLE_DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

const DAY_MS = 86_400_000;

const UNITS = [
  ['d', DAY_MS],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** `14:03:22`. */
export function clockOf(ms: number): string {
  return CLOCK.format(ms);
}

/** `14:03`, for labels of whole minutes. */
export function minuteOf(ms: number): string {
  return clockOf(ms).slice(0, 5);
}

/** `27 Nov`. */
export function dayOf(ms: number): string {
  return DAY.format(ms);
}

/** `27 Nov 2026, 14:03:22`. */
export function momentOf(ms: number): string {
  return `${WHOLE_DAY.format(ms)}, ${clockOf(ms)}`;
}

/** The clock alone for what was in the last day, else the day too. */
export function sinceText(ms: number, nowMs: number): string {
  return nowMs - ms < DAY_MS ? clockOf(ms) : momentOf(ms);
}

/** `12 s`, `3 min`, `2 h`, `5 d`: the largest unit of which there are two, or one exactly. */
export function ageText(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms >= 2 * size || ms === size) ?? ['s', 1000];
  return `${formatCount(Math.floor(Math.max(0, ms) / size))} ${unit}`;
}

/** How long ago the last reply came. An age that moves each second is restless: the last seconds are now. */
export function replyText(lastReplyAtMs: number | null, nowMs: number): string {
  if (lastReplyAtMs === null) return 'never';
  const ageMs = nowMs - lastReplyAtMs;
  return ageMs < 3000 ? 'now' : `${ageText(ageMs)} ago`;
}

/** `Europe/Berlin`. */
export function zoneName(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
