// SPDX-License-Identifier: MIT
// Where places are few, a newcomer always gets one, and this says whose: a stranger who takes all of
// them takes them from himself.

import { parseAddress } from '../socket/ip-address.ts';
import { sourceHigh, sourceLow } from '../socket/source-key.ts';

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

/** The source that an address belongs to, as source-key.ts has it. */
export function sourceOf(address: string): string {
  const words = parseAddress(address);
  return words === undefined ? address : `${sourceHigh(words, 0)}:${sourceLow(words, 0)}`;
}
