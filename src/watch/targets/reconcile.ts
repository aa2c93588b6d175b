// SPDX-License-Identifier: MIT
// Merges the targets of all sources: each key once, and no more than the limit.

import { isDeepStrictEqual } from 'node:util';
import { MOST_TARGETS, type WatchPlan } from '../config/watch-plan.ts';
import type { FoundTarget } from '../found-target.ts';
import type { WatchTarget } from '../target.ts';
import { targetsOf, type SettingsByProbe } from './targets-of.ts';

interface Reconciled {
  /** By key. */
  readonly targets: ReadonlyMap<string, WatchTarget>;
  /** The lists of which not all targets fit. */
  readonly cutLists: ReadonlySet<readonly FoundTarget[]>;
}

/**
 * If several targets have the same key, the first counts.
 *
 * @param lists   one per source
 * @param before  the current targets: those that do not change stay the same objects
 */
export function reconcile(
  lists: Iterable<readonly FoundTarget[]>,
  { probes }: Pick<WatchPlan, 'probes'>,
  settings: SettingsByProbe,
  before: ReadonlyMap<string, WatchTarget>,
): Reconciled {
  const targets = new Map<string, WatchTarget>();
  /** @returns false if there is no room for it */
  const take = (target: WatchTarget): boolean => {
    if (targets.has(target.key)) return true;
    if (targets.size >= MOST_TARGETS) return false;
    const old = before.get(target.key);
    targets.set(target.key, isDeepStrictEqual(old, target) ? old! : target);
    return true;
  };
  const fits = (found: FoundTarget): boolean => targetsOf(found, probes, settings).every(take);
  const cutLists = new Set([...lists].filter((list) => !list.every(fits)));
  return { targets, cutLists };
}
