// SPDX-License-Identifier: MIT
// What a measurement that still runs has found so far.

import type { DistributionSummary } from './session-result.ts';

/** `sent = received + lost + late + waiting`. */
export interface InterimResult {
  /** Since the measurement began. */
  readonly durationNs: number;
  readonly sent: number;
  /** Probes that this host did not send. */
  readonly sendFailed: number;
  readonly received: number;
  readonly lost: number;
  readonly late: number;
  /** Sent, and may be answered in time yet. */
  readonly waiting: number;
  /** Of those received. */
  readonly rttNs: DistributionSummary;
}
