// SPDX-License-Identifier: MIT
// The types of schema/echogram.load-1.json, written by `npm run docs:schema`: change that file, not this one.

import type {
  DistributionSummary,
  IcmpErrorCount,
  TriedAddress,
} from '../client/session/result-types.ts';

/**
 * Why it ended. DONE: it has its answer. BUDGET: its time or its octets were used up. CUT: three trials were
 * cut. ICMP: a host or router reported the target unreachable or prohibited. NO_REPLY: nothing answered at the
 * start. The others: a signal or the caller stopped it, or it failed.
 */
export type LoadEndCode =
  | 'DONE'
  | 'BUDGET'
  | 'CUT'
  | 'ICMP'
  | 'NO_REPLY'
  | 'SIGINT'
  | 'SIGTERM'
  | 'SIGHUP'
  | 'ABORTED'
  | 'ERROR';

/** What was found: the first code whose condition in docs/load.md holds. */
export type LoadVerdictCode =
  | 'ERROR'
  | 'NO_REPLY'
  | 'ICMP_ERROR'
  | 'STOPPED'
  | 'START_FAILS'
  | 'HOST_LIMITED'
  | 'BUDGET'
  | 'CEILING'
  | 'POLICER'
  | 'QUEUE'
  | 'LIMIT';

/**
 * ramp: doubling rates. search: narrowing the bracket. limit: telling a policer's rate from its burst. profile:
 * shares of the throughput. overload: above it.
 */
export type TrialPhase = 'ramp' | 'search' | 'limit' | 'profile' | 'overload';

/**
 * low-loss: passed. high-loss: lost more than permitted. growth: a queue grew. invalid: this host could not
 * offer the rate, or dropped datagrams itself, so that the trial says nothing about the path. cut: stopped
 * early.
 */
export type TrialVerdict = 'low-loss' | 'high-loss' | 'growth' | 'invalid' | 'cut';

/**
 * loss: more than half was lost. delay: replies took a second longer than on the idle path. silence: no reply.
 * icmp: a host or router said that the target is unreachable or prohibited. stop: a signal or the caller.
 */
export type TrialCut = 'loss' | 'delay' | 'silence' | 'icmp' | 'stop';

/**
 * The result of one search for the highest rate without loss, as `echogram load --json` prints it and `load()`
 * resolves with it. Units are in the names; `null` is "undefined", never 0 or NaN; counts are exact.
 */
export interface LoadResult {
  readonly schema: 'echogram.load/1';
  readonly tool: {
    readonly version: string;
    readonly engine: 'linux' | 'portable';
    readonly node: string;
    readonly platform: string;
  };
  readonly config: LoadConfig;
  /** The options as given. */
  readonly supplied: {
    readonly host?: string;
    readonly [k: string]: string | number | boolean | readonly number[] | undefined;
  };
  readonly target: LoadTarget;
  /** ISO 8601, wall clock, UTC; nothing is computed from it. */
  readonly startedAt: string;
  readonly durationNs: number;
  readonly endedBy: {
    readonly code: LoadEndCode;
    readonly message?: string;
  };
  readonly verdict: LoadVerdict;
  /** The given thresholds and whether they held; empty if none was given. */
  readonly thresholds: readonly LoadThreshold[];
  readonly throughput: Throughput;
  /** `null` if no trial exceeded it. */
  readonly capacity: Capacity | null;
  readonly limit: LoadLimit;
  /** `null` if no step of the profile qualifies, or there is no profile. */
  readonly knee: Knee | null;
  readonly idle: Idle;
  readonly spent: LoadSpent;
  /** ICMP errors by sender and kind: ECONNREFUSED is "port unreachable". */
  readonly icmpErrors: readonly IcmpErrorCount[];
  /** In the order in which they ran. The warm-up is left out. */
  readonly trials: readonly LoadTrial[];
}

/** The effective settings. */
export interface LoadConfig {
  readonly payloadBytes: number;
  readonly maxLossRatio: number;
  readonly precisionRatio: number;
  readonly budgetNs: number;
  readonly budgetBytes: number;
  readonly sourcePorts: number;
  /** True if STAMP packets carry an HMAC. */
  readonly isAuthenticated: boolean;
  readonly dscp: number | null;
}

/** What was loaded. */
export interface LoadTarget {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: 'echo' | 'stamp' | 'udp-echo-plus';
  /** The ports that datagrams left from, in turn. */
  readonly sourcePorts: readonly number[];
  /** If the name has several addresses, those that were tried for an answer, in this order. Not part of any count. */
  readonly tried: readonly TriedAddress[];
}

/** What the measurement means. Programs should use the code, not the wording. */
export interface LoadVerdict {
  readonly code: LoadVerdictCode;
  /** The first is the headline; the others explain or qualify it. */
  readonly sentences: readonly string[];
}

/** A given limit and the measured value. */
export interface LoadThreshold {
  /** `throughputPps` is `throughput.lowerPps`. */
  readonly name: 'throughputPps';
  readonly level: 'warning' | 'critical';
  /** The least that it must be. */
  readonly limit: number;
  /** `null` if it is unknown; then the limit does not hold. */
  readonly actual: number | null;
  readonly held: boolean;
  /** Why `actual` is unknown; `null` if it is known. */
  readonly reason: string | null;
}

/**
 * The highest rate that was carried without loss and without a growing queue (RFC 9971), as a bracket of offered
 * rates.
 */
export interface Throughput {
  /** The relevant lower bound: what was really sent per second and passed; `null` if nothing did. */
  readonly lowerPps: number | null;
  /** The relevant upper bound: a rate that did not pass; `null` if none was found. */
  readonly upperPps: number | null;
  /** RFC 9971's conditional throughput: the lower bound, less what was lost of it. */
  readonly conditionalPps: number | null;
  /** (upper − lower) / upper; `null` without both. */
  readonly widthRatio: number | null;
  /** The highest rate that was permitted. */
  readonly ceilingPps: number;
  /**
   * Why the bracket is not narrower. bracket: it is as narrow as asked, but for what this host skipped. ceiling:
   * the highest permitted rate passed. host: this host could offer no more. budget: time, octets or patience ran
   * out, or it was stopped. start-fails: the lowest rate failed.
   */
  readonly reason: 'bracket' | 'ceiling' | 'host' | 'budget' | 'start-fails';
}

/** The most that arrived per second, from the replies of the second half of a trial above it. */
export interface Capacity {
  readonly pps: number;
  /** Bits per second of UDP payload. */
  readonly payloadBps: number;
  /** Bits per second of IP packets. */
  readonly ipBps: number;
  /** Bits per second on an Ethernet wire: IP packets and 38 octets each. */
  readonly ethernetBps: number;
}

/** What limits the rate. */
export interface LoadLimit {
  /**
   * none: nothing up to the highest rate that was tried. queue: a bottleneck whose queue fills up. policer:
   * datagrams above a rate are dropped without a queue. host: this host. server: the echo server. unknown: it can
   * not be told.
   */
  readonly kind: 'none' | 'queue' | 'policer' | 'host' | 'server' | 'unknown';
  /** The depth of the queue: the longest delay above the idle path, if the queue overflowed. */
  readonly queueNs: number | null;
  /** True if the queue overflowed, so that `queueNs` is its depth and not only a part of it. */
  readonly queueIsFull: boolean | null;
  readonly policerPps: number | null;
  /** Datagrams that may exceed the rate at once. */
  readonly policerBurst: number | null;
}

/** The highest step of the profile that is hardly slower than the idle path. */
export interface Knee {
  readonly pps: number;
  /** The 95th percentile of response times at that rate. */
  readonly p95Ns: number;
  /** How it was found, for people. */
  readonly rule: string;
}

/** The path before any load. */
export interface Idle {
  readonly sent: number;
  readonly rttNs: DistributionSummary;
  /** Distance of the quartiles of round-trip times. */
  readonly iqrNs: number | null;
  readonly lossRatio: number | null;
}

/** All that was sent, including what is in no trial of the list. */
export interface LoadSpent {
  readonly datagrams: number;
  readonly ipBytes: number;
}

/** One rate, tried for a while. `sent` = `received` + `late` + `lost.path` + `lost.receiveBuffer`. */
export interface LoadTrial {
  readonly phase: TrialPhase;
  /** When it began, since the start. */
  readonly atNs: number;
  /** How long it sent. */
  readonly durationNs: number;
  readonly intendedPps: number;
  /** What was really sent per second: RFC 9971's load. */
  readonly offeredPps: number;
  readonly sent: number;
  /** Slots without a probe, because this host was late. */
  readonly skipped: number;
  /** Refused by this system. */
  readonly sendFailed: number;
  /** Answered in time. */
  readonly received: number;
  /** Replies in time per second of sending. */
  readonly goodputPps: number;
  /** Replies per second that arrived in the second half of the trial, while it was still sending. */
  readonly arrivalPps: number | null;
  readonly lost: TrialLost;
  readonly late: number;
  /** From the send time. */
  readonly rttNs: DistributionSummary;
  /** From the intended send time: what a user of an open loop would see. */
  readonly responseNs: DistributionSummary;
  /** Median response time of the last quarter of slots minus that of the first. */
  readonly growthNs: number | null;
  /** How long after the last slot the last reply arrived. */
  readonly drainNs: number | null;
  readonly verdict: TrialVerdict;
  /** Why it was cut; `null` if it was not. */
  readonly cutBy: TrialCut | null;
}

/** Sent without a reply in time, and without a late one. */
export interface TrialLost {
  /** Lost on the path or by the server; including the receive buffer's, if that is `null`. */
  readonly path: number;
  /** Replies that this host dropped; `null` if the system does not say. */
  readonly receiveBuffer: number | null;
  /** Of the losses, those on the way there; `null` if the protocol does not tell. */
  readonly forward: number | null;
  /** Of the losses, those that the server says it received and did not answer; `null` if it does not say. */
  readonly server: number | null;
  /** Of the losses, those on the way back; `null` if the protocol does not tell. */
  readonly backward: number | null;
}
