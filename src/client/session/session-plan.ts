// SPDX-License-Identifier: MIT
// What a session is to do.

import type { ProtocolName } from '../protocols/probe-protocol.ts';
import type { ScheduleKind } from './schedule.ts';

export interface SessionPlan {
  readonly schedule: ScheduleKind;
  readonly intervalNs: number;
  /** Probes to send; Infinity goes on until stopped. */
  readonly count: number;
  /** How long to send; Infinity goes on until stopped. */
  readonly durationNs: number;
  /** A probe without a reply for so long is lost; a reply after that is late. */
  readonly timeoutNs: number;
  /** Replies that took longer are counted, exactly. */
  readonly rttLimitNs: number | undefined;
  /** With an echogram in its summary, which takes most of a session's memory. */
  readonly hasPicture: boolean;
  readonly payloadBytes: number;
  /** Source ports; probes take turns. */
  readonly streams: number;
  /** Two random 32-bit words that tell one session's probes from another's. */
  readonly nonce: readonly [high: number, low: number];
  readonly protocol: ProtocolName;
  /** Authenticates STAMP packets. */
  readonly key: Uint8Array | undefined;
}
