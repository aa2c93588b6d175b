// SPDX-License-Identifier: MIT
// The stretch of time that the page of a target shows, as its address says.

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Stretches up to now, by their names in the address. */
export const STRETCHES = {
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '24h': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
  '1y': 365 * DAY_MS,
} as const;

export type StretchName = keyof typeof STRETCHES;

/** What is shown if the address names nothing: of a new watch the hour in which it began. */
export function usualStretch(sinceMs: number, nowMs: number): StretchName {
  return nowMs - sinceMs < HOUR_MS ? '1h' : '6h';
}

/** The narrowest that is shown: six columns of the finest kind. */
const NARROWEST_MS = 60_000;

const WIDEST_MS = 2 * STRETCHES['1y'];

export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  /** Of a stretch up to now, which goes on with it. */
  readonly name: StretchName | undefined;
  /** A moment to be seen in it. */
  readonly atMs: number | undefined;
}

/** `last=6h`, or `from` and `to`, or half an hour on both sides of `at`; all in milliseconds since 1970. */
export function stretchOf(query: URLSearchParams, nowMs: number, usual: StretchName): Stretch {
  const atMs = momentOf(query, 'at');
  const [fromMs, toMs] = [momentOf(query, 'from'), momentOf(query, 'to')];
  if (fromMs !== undefined && toMs !== undefined && fromMs < toMs) {
    return { fromMs, toMs, name: undefined, atMs };
  }
  const last = query.get('last') ?? '';
  if (atMs !== undefined && last === '') return around(atMs, HOUR_MS, atMs);
  return upToNow(last in STRETCHES ? (last as StretchName) : usual, nowMs, atMs);
}

export function upToNow(name: StretchName, nowMs: number, atMs?: number): Stretch {
  return { fromMs: nowMs - STRETCHES[name], toMs: nowMs, name, atMs };
}

/** So wide, with its middle there; within what can be shown. */
export function around(middleMs: number, widthMs: number, atMs: number | undefined): Stretch {
  const half = Math.round(Math.min(WIDEST_MS, Math.max(NARROWEST_MS, widthMs)) / 2);
  const middle = Math.max(half, Math.round(middleMs));
  return { fromMs: middle - half, toMs: middle + half, name: undefined, atMs };
}

/** As the address has it. */
export function queryOf({ fromMs, toMs, name, atMs }: Stretch): Readonly<Record<string, string>> {
  const at = atMs === undefined ? {} : { at: String(atMs) };
  if (name !== undefined) return { last: name, ...at };
  return { from: String(fromMs), to: String(toMs), ...at };
}

function momentOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
