// SPDX-License-Identifier: MIT
// The plan of a session.

import type { ProtocolName } from '../protocols/probe-protocol.ts';
import type { ScheduleKind } from './schedule.ts';
import type { TrialPlan } from './trial-statistics.ts';

export interface SessionPlan {
  readonly schedule: ScheduleKind;
  readonly intervalNs: number;
  /** Probes to send; Infinity to continue until stopped. */
  readonly count: number;
  /** How long to send; Infinity to continue until stopped. */
  readonly durationNs: number;
  /** A probe without a reply for this long is lost; a reply after that is late. */
  readonly timeoutNs: number;
  /** For each, the replies that took longer are counted exactly; the lowest comes first. */
  readonly rttLimitsNs: readonly number[];
  /** True if the summary has an echogram, which takes most of a session's memory. */
  readonly hasPicture: boolean;
  readonly payloadBytes: number;
  /** Number of source ports; probes use them in turn. */
  readonly streams: number;
  /** Two random 32-bit words that distinguish one session's probes from another's. */
  readonly nonce: readonly [high: number, low: number];
  readonly protocol: ProtocolName;
  /** Authenticates STAMP packets. */
  readonly key: Uint8Array | undefined;
  /** If it is a trial of a load. */
  readonly trial?: TrialPlan | undefined;
}
