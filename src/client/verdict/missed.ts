// SPDX-License-Identifier: MIT
// Probes that were asked for and not answered in time, and the grade that their share makes: of a measurement, of its
// latest stretch, and of what a recording holds.

import type { DatagramCounts, VerdictCode } from '../session/session-result.ts';
import { exceedsRatio } from './ratios.ts';

export interface Missed {
  /** Probes that were to be sent, less the slots that were skipped. */
  readonly asked: number;
  /** Of those, the ones that were not answered in time, whoever is to blame. */
  readonly missed: number;
  /** Of these, the ones that did not leave this host. */
  readonly unsent: number;
}

/** UDP works with losses up to this share of the probes, beyond it in part. */
const PARTLY_RATIO = 0.05;

export function missedOf({
  sent,
  sendFailed,
  lost,
  late,
}: Pick<DatagramCounts, 'sent' | 'sendFailed' | 'lost' | 'late'>): Missed {
  return { asked: sent + sendFailed, missed: lost + late + sendFailed, unsent: sendFailed };
}

/** This host itself is to blame for at least half. */
export function isMostlyUnsent({ missed, unsent }: Missed): boolean {
  return unsent > 0 && 2 * unsent >= missed;
}

export function worksInPart({ asked, missed }: Missed): boolean {
  return exceedsRatio(missed, asked, PARTLY_RATIO);
}

/** The grade of what was answered at least once. */
export function gradeOf(
  missed: Missed,
): Extract<VerdictCode, 'NOT_ALL_SENT' | 'PARTLY_WORKS' | 'WORKS_WITH_LOSSES' | 'WORKS'> {
  if (missed.missed === 0) return 'WORKS';
  if (isMostlyUnsent(missed)) return 'NOT_ALL_SENT';
  return worksInPart(missed) ? 'PARTLY_WORKS' : 'WORKS_WITH_LOSSES';
}
