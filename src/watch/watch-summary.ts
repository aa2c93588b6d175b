// SPDX-License-Identifier: MIT
// The final counts of a watch.

import { sentOf, type Counts } from './counts.ts';
import type { TargetTotals } from './board/watched.ts';
import type { TargetStatus } from './watch-view.ts';
import type { WatchTarget } from './target.ts';

/** The counts of a target since it was added. */
export interface TargetSummary {
  readonly target: WatchTarget;
  /** Its state in its last minute. */
  readonly state: TargetStatus['state'];
  readonly sent: number;
  readonly counts: Readonly<Counts>;
  /** (lost + late) / sent; `null` if nothing was sent. */
  readonly lossRatio: number | null;
  /** Of the replies in time, at most 1/32 above the true ones; `null` without any. */
  readonly p50Ns: number | null;
  readonly p99Ns: number | null;
}

export interface WatchSummary {
  /** By the wall clock, in milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Those that were watched at the end, the worst first. */
  readonly targets: readonly TargetSummary[];
}

export function targetSummary(
  { target, state }: TargetStatus,
  { counts, p50Ns, p99Ns }: TargetTotals,
): TargetSummary {
  const sent = sentOf(counts);
  const lossRatio = sent === 0 ? null : (counts.lost + counts.late) / sent;
  return { target, state, sent, counts, lossRatio, p50Ns, p99Ns };
}
