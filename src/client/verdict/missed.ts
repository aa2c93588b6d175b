// SPDX-License-Identifier: MIT
// Probes that were due but not answered in time, and the grade that follows from their share: for a measurement, its
// latest stretch, and a recording.

import type { DatagramCounts, VerdictCode } from '../session/session-result.ts';
import { exceedsRatio } from './ratios.ts';

export interface Missed {
  /** Probes that were due, excluding skipped slots. */
  readonly asked: number;
  /** Those not answered in time, for whatever reason. */
  readonly missed: number;
  /** Those of the missed that did not leave this host. */
  readonly unsent: number;
}

/** Up to this share of missed probes, UDP works with losses; beyond it, partly. */
const PARTLY_RATIO = 0.05;

export function missedOf({
  sent,
  sendFailed,
  lost,
  late,
}: Pick<DatagramCounts, 'sent' | 'sendFailed' | 'lost' | 'late'>): Missed {
  return { asked: sent + sendFailed, missed: lost + late + sendFailed, unsent: sendFailed };
}

/** True if this host itself caused at least half of the missed probes. */
export function isMostlyUnsent({ missed, unsent }: Missed): boolean {
  return unsent > 0 && 2 * unsent >= missed;
}

export function worksInPart({ asked, missed }: Missed): boolean {
  return exceedsRatio(missed, asked, PARTLY_RATIO);
}

/** The grade if at least one probe was answered. */
export function gradeOf(
  missed: Missed,
): Extract<VerdictCode, 'NOT_ALL_SENT' | 'PARTLY_WORKS' | 'WORKS_WITH_LOSSES' | 'WORKS'> {
  if (missed.missed === 0) return 'WORKS';
  if (isMostlyUnsent(missed)) return 'NOT_ALL_SENT';
  return worksInPart(missed) ? 'PARTLY_WORKS' : 'WORKS_WITH_LOSSES';
}
