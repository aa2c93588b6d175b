// SPDX-License-Identifier: MIT
// The result of one measurement as data: every output is made from it. Units are in the names;
// `null` is "undefined", never 0 or NaN; counts are exact.

import type { ClockSteps } from './clock-watch.ts';
import type { EngineName } from '../socket/datagram-socket.ts';
import type { ProtocolName } from './probe-protocol.ts';
import type { RefusalCount } from './refusal-table.ts';
import type { DistributionSummary } from '../stats/distribution.ts';
import type { EchogramSummary } from '../stats/echogram.ts';

/** Schema of a result; its number rises when a field changes its meaning or goes. */
export const RESULT_SCHEMA = 'echogram.session/1';

/** How a measurement ended. */
export type EndCode = 'COUNT' | 'DURATION' | 'SIGINT' | 'ERROR';

/**
 * `sent = received + lost + late` once a session is over. `received` counts a probe once, in time;
 * duplicates, strays and corrupted replies stand apart and never enter loss.
 */
export interface DatagramCounts {
  readonly sent: number;
  readonly sendFailed: number;
  readonly received: number;
  readonly lost: number;
  readonly late: number;
  readonly duplicate: number;
  readonly reordered: number;
  readonly corrupted: number;
  /** ICMP errors that came; `refusals` has them by kind. */
  readonly refused: number;
  readonly stray: number;
  /** `(lost + late) / sent`; `null` where nothing was sent. */
  readonly lossRatio: number | null;
}

/** What one source port saw: its path where the network balances flows (ECMP). */
export interface StreamCounts {
  readonly sourcePort: number;
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly late: number;
  readonly lossRatio: number | null;
  readonly rttMeanNs: number | null;
}

/**
 * One direction, where the protocol tells them apart; a plain echo does not. Counts are `null` where the
 * other end does not number its replies itself.
 */
export interface DirectionResult {
  readonly lost: number | null;
  readonly reordered: number | null;
  readonly duplicate: number | null;
  /** With what the clocks differ by in it; `null` where the other end's clock has a zero of its own. */
  readonly delayNs: DistributionSummary | null;
  readonly ipdvNs: DistributionSummary;
  readonly pdvNs: DistributionSummary;
}

/** What a STAMP reflector or an UDPEchoPlus server told of itself. */
export interface ReflectorResult {
  /**
   * Whose its numbers are: its own, copies of ours (a stateless reflector), or neither, as where it was
   * restarted or counts the requests of others too; `null` without a reply.
   */
  readonly numbering: 'own' | 'copied' | 'inconsistent' | null;
  /** Of those lost, the ones of which nobody can know which way; `null` where that is all of them. */
  readonly unattributed: number | null;
  /** Of those lost, the ones that it said it received and did not answer. */
  readonly unanswered: number | null;
  /** Our own packets that came back as they were: that is a plain echo. */
  readonly unaltered: number;
  /** Replies whose HMAC was wrong; they count as corrupted too. */
  readonly unauthenticated: number;
  /** Replies whose times contradicted ours, so that nothing was computed from them. */
  readonly unusableStamps: number;
  /** How long it kept a probe; no round-trip time has it in it. */
  readonly residenceNs: DistributionSummary;
  /** What its clock is worth; `null` where it has a zero of its own. */
  readonly clock: {
    /** It is ahead of ours by at least and at most so much: delays are never below zero. */
    readonly offsetLeastNs: number;
    readonly offsetMostNs: number;
    /** What it says of itself. */
    readonly isSynchronised: boolean;
    readonly errorNs: number;
  } | null;
}

/** The effective settings of a session. */
export interface SessionConfig {
  readonly schedule: 'periodic' | 'poisson';
  readonly intervalNs: number;
  readonly count: number | null;
  readonly durationNs: number | null;
  readonly timeoutNs: number;
  readonly payloadBytes: number;
  readonly sourcePorts: number;
  readonly ttl: number | null;
  readonly dscp: number | null;
  /** True where STAMP packets carry an HMAC. */
  readonly isAuthenticated: boolean;
}

/** What is known of a session before its first probe. */
export type SessionStart = Pick<
  SessionResult,
  'schema' | 'tool' | 'config' | 'supplied' | 'target' | 'startedAt'
>;

export interface SessionResult {
  readonly schema: typeof RESULT_SCHEMA;
  readonly tool: {
    readonly version: string;
    readonly engine: EngineName;
    readonly node: string;
    readonly platform: string;
  };
  readonly config: SessionConfig;
  /** The options as they were given. */
  readonly supplied: Readonly<Record<string, unknown>>;
  readonly target: {
    readonly host: string;
    readonly address: string;
    readonly port: number;
    readonly protocol: ProtocolName;
  };
  /** ISO 8601, wall clock; nothing is computed from it. */
  readonly startedAt: string;
  readonly durationNs: number;
  readonly endedBy: { readonly code: EndCode; readonly message?: string };
  readonly datagrams: DatagramCounts;
  /** ICMP errors by sender and kind: ECONNREFUSED is "port unreachable". */
  readonly refusals: readonly RefusalCount[];
  readonly forward: DirectionResult | null;
  readonly backward: DirectionResult | null;
  readonly reflector: ReflectorResult | null;
  readonly lossRuns: {
    readonly count: number;
    readonly longest: number;
    readonly meanLength: number | null;
    /** Runs of one loss, of two, … up to the longest; the 64th entry counts all longer ones too. */
    readonly runsByLength: readonly number[];
  };
  /** The picture of the path: what came back when, and how fast. */
  readonly echogram: EchogramSummary;
  /** Without the time that a reflector kept the probe, where it tells. */
  readonly rttNs: DistributionSummary;
  readonly ipdvNs: DistributionSummary;
  readonly pdvNs: DistributionSummary;
  /** RFC 3550 section 6.4.1, over replies as they came. */
  readonly smoothedJitterNs: number | null;
  readonly schedule: {
    readonly intended: number;
    readonly skipped: number;
    /** Actual minus intended send time. */
    readonly sendErrorNs: DistributionSummary;
    /** From the intended send time to the reply: what a stalled sender would hide. */
    readonly responseNs: DistributionSummary;
  };
  readonly timestamps: {
    readonly send: 'kernel' | 'user';
    readonly receive: 'kernel' | 'user';
    readonly userToKernelNs: DistributionSummary | null;
  };
  /** What this host lost: before we saw it, and before it left. `null` where nobody can know. */
  readonly hostDrops: { readonly receiveBuffer: number | null; readonly sendBuffer: number };
  readonly runtime: {
    readonly loopDelayNs: { readonly p99: number | null; readonly max: number | null };
    readonly gcMaxNs: number | null;
    /** A suspended machine, or a clock that was set; no number comes from the wall clock. */
    readonly clockSteps: ClockSteps;
  };
  readonly streams: readonly StreamCounts[];
}
