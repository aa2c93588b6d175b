// SPDX-License-Identifier: MIT
// The interim result of a running measurement.

import type { DistributionSummary } from './session-result.ts';

/** `sent = received + lost + late + waiting`. */
export interface InterimResult {
  /** Time since the measurement began. */
  readonly durationNs: number;
  readonly sent: number;
  /** Probes that this host did not send. */
  readonly sendFailed: number;
  readonly received: number;
  readonly lost: number;
  readonly late: number;
  /** Sent, and may still be answered in time. */
  readonly waiting: number;
  /** Round-trip times of those received. */
  readonly rttNs: DistributionSummary;
}
