// SPDX-License-Identifier: MIT
// Where places are few, a newcomer always gets one, and this says whose: a stranger who takes all of
// them takes them from himself.

import { parseAddress } from '../socket/ip-address.ts';

export interface Guest {
  /** `sourceOf` its address. */
  readonly source: string;
  /** What it is worth to keep it; the least goes first. */
  readonly standing: number;
}

/**
 * Of the source that has most guests, the one of least standing; of equals, the first.
 *
 * @param guests  the longest here first
 */
export function whoGivesWay<Each extends Guest>(guests: Iterable<Each>): Each | undefined {
  const all = [...guests];
  const counts = new Map<string, number>();
  for (const { source } of all) counts.set(source, (counts.get(source) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const ofHeaviest = all.filter(({ source }) => counts.get(source) === most);
  const least = Math.min(...ofHeaviest.map(({ standing }) => standing));
  return ofHeaviest.find(({ standing }) => standing === least);
}

/** Whom an address belongs to: an IPv4 address is one, of IPv6 a /56, which one subscriber has (RIPE-690). */
export function sourceOf(address: string): string {
  const words = parseAddress(address);
  if (words === undefined) return address;
  const [first = 0, second = 0, third = 0, fourth = 0] = words;
  return first === 0 && second === 0 ? `${third}:${fourth}` : `${first}:${second >>> 8}`;
}
