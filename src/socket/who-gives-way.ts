// SPDX-License-Identifier: MIT
// If places are scarce, a newcomer always gets one, and this decides who loses it: an address that takes all places
// displaces only itself.

import { parseAddress } from './ip-address.ts';
import { sourceHigh, sourceLow } from './source-key.ts';

export interface Guest {
  /** `sourceOf` its address. */
  readonly source: string;
  /** How much it is worth keeping; the lowest goes first. */
  readonly standing: number;
}

/**
 * The guest with the lowest standing of the source that has the most guests; among equals, the first.
 *
 * @param guests  the oldest first
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

/** The source that an address belongs to, as defined in source-key.ts. */
export function sourceOf(address: string): string {
  const words = parseAddress(address);
  return words === undefined ? address : `${sourceHigh(words, 0)}:${sourceLow(words, 0)}`;
}
