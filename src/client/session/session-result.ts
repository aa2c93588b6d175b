// SPDX-License-Identifier: MIT
// The result of one measurement as data: every output is made from it. Units are in the names;
// `null` is "undefined", never 0 or NaN; counts are exact.

import type { SettingsOf } from '../../options/option.ts';
import type { PING_OPTIONS } from '../../options/ping.ts';
import type { ClockSteps } from '../host/clock-watch.ts';
import type { AddressChange } from '../../socket/address-change.ts';
import type { EngineName } from '../../socket/datagram-socket.ts';
import type { Elsewhere } from '../../socket/sender-counts.ts';
import type { ProtocolName } from '../protocols/probe-protocol.ts';
import type { IcmpErrorCount } from './icmp-error-table.ts';
import type { Verdict } from '../verdict/verdict-code.ts';
import type { DistributionSummary } from '../../stats/distribution.ts';
import type { EchogramSummary } from '../../stats/echogram.ts';

/** Schema of a result; its number rises when a field changes its meaning or goes. */
export const RESULT_SCHEMA = 'echogram.session/1';

/**
 * Why a measurement ended: so many probes were sent, or for so long; a signal, or the caller, stopped it before;
 * it failed.
 */
export type EndCode = 'COUNT' | 'DURATION' | 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'ABORTED' | 'ERROR';

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
  /** ICMP errors that came; `icmpErrors` has them by kind. */
  readonly icmpErrors: number;
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
    /** A whole number, rounded up; `null` where it said more than 2^53 − 1, which is 104 days. */
    readonly errorNs: number | null;
  } | null;
}

/** What this host's kernel dropped; `null` where nobody can know. */
export interface HostDrops {
  /** By the sockets of this measurement: their receive buffer was full. */
  readonly receiveBuffer: number | null;
  /** By these sockets: the UDP checksum was wrong, so that something on the path had changed them. */
  readonly checksum: number | null;
  /** By these sockets, for one of the two reasons above: the kernel does not tell which. */
  readonly bufferOrChecksum: number | null;
  /**
   * Datagrams with a wrong UDP checksum that came meanwhile to anybody in this network namespace. Short ones
   * are dropped before the kernel looks whose they are, and are in this number alone.
   */
  readonly checksumOfAll: number | null;
  /**
   * Probes, or datagrams of others in this network namespace, that found no room in this host's own queue on
   * their way out, and whose senders were not told. 0 on the Linux engine, which is told: see `sendFailures`.
   */
  readonly sendQueue: number | null;
}

/** A limit that lets replies through at a steady pace, after a first burst. */
export interface RateLimit {
  /** Replies a second. */
  readonly perSecond: number;
  /** Probes that were answered before the first loss. */
  readonly burst: number;
}

/** A limit that was given, and what was measured. */
export interface Threshold {
  /** `missedRatio` is (lost + late + sendFailed) / (sent + sendFailed); `rttP99Ns` is `rttNs.p99`. */
  readonly name: 'missedRatio' | 'rttP99Ns';
  readonly limit: number;
  /** `null` where there was nothing to hold against the limit; then it did not hold. */
  readonly actual: number | null;
  readonly held: boolean;
}

/** The effective settings of a session. */
export type SessionConfig = SettingsOf<typeof PING_OPTIONS>;

/** What is known of a session before its first probe. */
export type SessionStart = Pick<
  SessionResult,
  'schema' | 'tool' | 'config' | 'supplied' | 'target' | 'startedAt'
>;

/** An address of the host that was asked before the measurement. */
export interface TriedAddress {
  readonly address: string;
  /** `icmp-error`: one came, and no reply. `unreachable`: this host could not send there. */
  readonly outcome: 'answered' | 'silent' | 'icmp-error' | 'unreachable';
  /** The system's name for of the ICMP error or of why it was unreachable; else `null`. */
  readonly systemCode: string | null;
}

/** A result before it is judged. */
export type Measured = Omit<SessionResult, 'verdict' | 'thresholds'>;

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
    /** Where the name has several addresses, those that were tried for an answer; none of it is counted. */
    readonly tried: readonly TriedAddress[];
  };
  /** ISO 8601, wall clock; nothing is computed from it. */
  readonly startedAt: string;
  readonly durationNs: number;
  readonly endedBy: {
    readonly code: EndCode;
    readonly message?: string;
    /** Probes that still had time to be answered when a second stop ended the waiting; in no count. */
    readonly leftOut?: number;
  };
  /** What the measurement means; docs/measuring.md has the condition of each code. */
  readonly verdict: Verdict;
  /** What was asked of it, and whether that held; empty where nothing was. */
  readonly thresholds: readonly Threshold[];
  readonly datagrams: DatagramCounts;
  /** Of the replies that were corrupted, those that show what was done to them. */
  readonly alterations: {
    /** Only octets 4 to 19 differ: a UDPEchoPlus server that was asked in another protocol. */
    readonly udpEchoPlus: number;
    /** Several probes of ours in one reply. */
    readonly joined: number;
    /** STAMP: the other end has T1 where T3 belongs. */
    readonly swappedTimes: number;
  };
  /** ICMP errors by sender and kind: ECONNREFUSED is "port unreachable". */
  readonly icmpErrors: readonly IcmpErrorCount[];
  readonly forward: DirectionResult | null;
  readonly backward: DirectionResult | null;
  readonly reflector: ReflectorResult | null;
  readonly lossRuns: {
    readonly count: number;
    readonly longest: number;
    readonly meanLength: number | null;
    /** Length of the run that the session ended in; 0 where its last probe was answered. */
    readonly atEnd: number;
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
  readonly hostDrops: HostDrops;
  /** Probes that this host did not send, by the system's name for why: `{ EPERM: 3 }`. */
  readonly sendFailures: Readonly<Record<string, number>>;
  /**
   * Datagrams that came to our ports from others than the target, as from a server that answers from another address;
   * they are among `datagrams.stray`. `null` where nobody can know: see `noPorts`.
   */
  readonly elsewhere: Elsewhere | null;
  /**
   * A hint where `elsewhere` is `null`: datagrams that came meanwhile to a port where nobody listened, or that listens
   * to somebody else alone. Of anybody in this network namespace, probes to a closed port of this host among them;
   * `null` where the system does not tell.
   */
  readonly noPorts: number | null;
  /**
   * When probes began to leave from another address of this host, and from which; the first 64. Empty where the
   * address stayed.
   */
  readonly addressChanges: readonly AddressChange[];
  /** The pace at which replies came, where a limit and not the path decided it; else `null`. */
  readonly rateLimit: RateLimit | null;
  readonly runtime: {
    readonly loopDelayNs: { readonly p99: number | null; readonly max: number | null };
    readonly gcMaxNs: number | null;
    /** A suspended machine, or a clock that was set; no number comes from the wall clock. */
    readonly clockSteps: ClockSteps;
  };
  readonly streams: readonly StreamCounts[];
}
