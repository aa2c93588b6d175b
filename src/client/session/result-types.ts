// SPDX-License-Identifier: MIT
// The types of schema/echogram.session-1.json, written by `npm run docs:schema`: change that file, not this one.

/**
 * Why a measurement ended: the requested count or duration was reached; a signal or the caller stopped it before
 * that; or it failed.
 */
export type EndCode = 'COUNT' | 'DURATION' | 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'ABORTED' | 'ERROR';

/** The meaning of a measurement: the first code whose condition in docs/measuring.md holds. */
export type VerdictCode =
  | 'TOO_LONG'
  | 'ERROR'
  | 'NOTHING_SENT'
  | 'NOTHING_LISTENS'
  | 'ICMP_ERROR'
  | 'WRONG_PROTOCOL'
  | 'WRONG_KEY'
  | 'ALL_LATE'
  | 'ALTERED'
  | 'FROM_ELSEWHERE'
  | 'STRAYS'
  | 'DROPPED_HERE'
  | 'NO_REPLY'
  | 'DOWN_NOW'
  | 'NOT_ALL_SENT'
  | 'RATE_LIMITED'
  | 'PARTLY_WORKS'
  | 'WORKS_WITH_LOSSES'
  | 'WORKS';

/**
 * The result of one measurement, as `echogram ping --json` prints it and `ping()` resolves with it. Units are in
 * the names; `null` is "undefined", never 0 or NaN; counts are exact.
 */
export interface SessionResult {
  readonly schema: 'echogram.session/1';
  readonly tool: {
    readonly version: string;
    readonly engine: 'linux' | 'portable';
    readonly node: string;
    readonly platform: string;
  };
  readonly config: SessionConfig;
  /** The options as given. */
  readonly supplied: {
    readonly host?: string;
    readonly [k: string]: string | number | boolean | readonly number[] | undefined;
  };
  readonly target: {
    readonly host: string;
    readonly address: string;
    readonly port: number;
    readonly protocol: 'echo' | 'stamp' | 'udp-echo-plus';
    /** If the name has several addresses, those that were tried for an answer, in this order. Not part of any count. */
    readonly tried: readonly TriedAddress[];
  };
  /** ISO 8601, wall clock, UTC; nothing is computed from it. */
  readonly startedAt: string;
  readonly durationNs: number;
  readonly endedBy: {
    readonly code: EndCode;
    readonly message?: string;
    /** Probes that still had time to be answered when a second stop ended the wait; not counted anywhere. */
    readonly leftOut?: number;
  };
  readonly verdict: Verdict;
  /** The given thresholds and whether they held; empty if none was given. */
  readonly thresholds: readonly Threshold[];
  readonly datagrams: DatagramCounts;
  /** Corrupted replies that show how they were altered. */
  readonly alterations: {
    /** Only octets 4 to 19 differ: a UDPEchoPlus server that was probed with another protocol. */
    readonly udpEchoPlus: number;
    /** Several probes of ours in one reply. */
    readonly joined: number;
    /** STAMP: the other end sends T1 in place of T3. */
    readonly swappedTimes: number;
  };
  /** ICMP errors by sender and kind: ECONNREFUSED is "port unreachable". */
  readonly icmpErrors: readonly IcmpErrorCount[];
  readonly forward: DirectionResult | null;
  readonly backward: DirectionResult | null;
  /** `null` for a plain echo. */
  readonly reflector: ReflectorResult | null;
  /** Consecutive lost probes, including late ones. */
  readonly lossRuns: {
    readonly count: number;
    readonly longest: number;
    readonly meanLength: number | null;
    /** Length of the loss run at the end of the session; 0 if its last probe was answered. */
    readonly atEnd: number;
    /** Runs of one loss, of two, … up to the longest; the 64th entry also counts all longer runs. */
    readonly runsByLength: readonly number[];
  };
  readonly echogram: EchogramSummary;
  /** Excludes the time that a reflector kept the probe, if it reports that. */
  readonly rttNs: DistributionSummary;
  readonly ipdvNs: DistributionSummary;
  readonly pdvNs: DistributionSummary;
  /** RFC 3550 section 6.4.1, over replies in arrival order. */
  readonly smoothedJitterNs: number | null;
  readonly schedule: {
    readonly intended: number;
    readonly skipped: number;
    /** Actual minus intended send time. */
    readonly sendErrorNs: DistributionSummary;
    /** From the intended send time to the reply; shows what a stalled sender would hide. */
    readonly responseNs: DistributionSummary;
  };
  readonly timestamps: {
    readonly send: 'kernel' | 'user';
    readonly receive: 'kernel' | 'user';
    readonly userToKernelNs: DistributionSummary | null;
  };
  readonly hostDrops: HostDrops;
  /**
   * Probes that this host did not send, by the system's error code: `{ EPERM: 3 }`. Their sum is
   * `datagrams.sendFailed`.
   */
  readonly sendFailures: Readonly<Record<string, number>>;
  /**
   * Datagrams that reached our ports from senders other than the target, for example from a server that replies
   * from another address. They are included in `datagrams.stray`. `null` if this can't be known: see `noPorts`.
   */
  readonly elsewhere: Elsewhere | null;
  /**
   * A hint if `elsewhere` is `null`: datagrams during the run that no socket accepted, because the port was closed
   * or not open to their sender. Counts the whole network namespace, including probes to a closed port of this
   * host; `null` if the system does not report it.
   */
  readonly noPorts: number | null;
  /**
   * When probes began to leave from another address of this host, and from which; the first 64 changes. Empty if
   * the address did not change.
   */
  readonly addressChanges: readonly AddressChange[];
  /** The pace of replies, if a rate limit rather than the path determined it; else `null`. */
  readonly rateLimit: RateLimit | null;
  /** What this process itself contributed to the numbers. */
  readonly runtime: {
    readonly loopDelayNs: {
      readonly p99: number | null;
      readonly max: number | null;
    };
    readonly gcMaxNs: number | null;
    readonly clockSteps: ClockSteps;
  };
  /** One entry per source port. */
  readonly streams: readonly StreamCounts[];
}

/** The effective settings. */
export interface SessionConfig {
  readonly count: number | null;
  /** Time between probes; not a whole number if the rate does not divide a second evenly, as with 300 per second. */
  readonly intervalNs: number;
  readonly payloadBytes: number;
  readonly durationNs: number | null;
  readonly timeoutNs: number;
  /** True if STAMP packets carry an HMAC. */
  readonly isAuthenticated: boolean;
  readonly schedule: 'periodic' | 'poisson';
  readonly flows: number;
  readonly ttl: number | null;
  readonly dscp: number | null;
  readonly dontFragment: 'set' | 'clear' | null;
}

/** An address of the host that was tried before the measurement. */
export interface TriedAddress {
  readonly address: string;
  /** `icmp-error`: an ICMP error arrived, and no reply. `unreachable`: this host could not send there. */
  readonly outcome: 'answered' | 'silent' | 'icmp-error' | 'unreachable';
  /** The system's error code for the ICMP error, or for why the address was unreachable; else `null`. */
  readonly systemCode: string | null;
}

/** What the measurement means. Programs should use the code, not the wording. */
export interface Verdict {
  readonly code: VerdictCode;
  /** The first is the headline; the others explain or qualify it. */
  readonly sentences: readonly string[];
}

/** A given limit and the measured value. */
export interface Threshold {
  /** How bad it is if it fails; `warning` only where two limits were given. */
  readonly level: 'warning' | 'critical';
  /**
   * `missedRatio` is (lost + late + sendFailed) / (sent + sendFailed), `forwardLossRatio` `forward.lost` / sent,
   * and `backwardLossRatio` `backward.lost` / replies that the other end sent; all are compared by their counts.
   * `rttP99Ns` is `rttNs.p99`.
   */
  readonly name:
    'missedRatio' | 'forwardLossRatio' | 'backwardLossRatio' | 'rttP99Ns' | 'smoothedJitterNs';
  readonly limit: number;
  /**
   * `null` if it is unknown; then the limit does not hold. In a direction, losses in an unknown direction count as
   * its own if the limit holds, and not if it fails.
   */
  readonly actual: number | null;
  readonly held: boolean;
  /** Why `actual` is unknown; `null` if it is known. */
  readonly reason: string | null;
}

/**
 * `sent = received + lost + late` once a session is over. `received` counts each probe once, if answered in
 * time; duplicates, strays and corrupted replies are counted separately and never affect loss.
 */
export interface DatagramCounts {
  readonly sent: number;
  readonly sendFailed: number;
  /** Probes answered in time; each counts once. */
  readonly received: number;
  readonly lost: number;
  /** Probes answered after the timeout. */
  readonly late: number;
  readonly duplicate: number;
  readonly reordered: number;
  readonly corrupted: number;
  /** ICMP errors received; `icmpErrors` of the result has them by kind. */
  readonly icmpErrors: number;
  readonly stray: number;
  /** `(lost + late) / sent`; `null` if nothing was sent. */
  readonly lossRatio: number | null;
}

/** How many ICMP errors of one kind came from one sender. */
export interface IcmpErrorCount {
  /** The system's error code, such as ECONNREFUSED. */
  readonly systemCode: string;
  /** The sender; `null`, like type and code, if the system does not report it. */
  readonly from: string | null;
  readonly icmpType: number | null;
  readonly icmpCode: number | null;
  readonly count: number;
}

/**
 * One direction, if the protocol distinguishes them; a plain echo does not. Counts are `null` if the other end
 * does not number its replies itself.
 */
export interface DirectionResult {
  readonly lost: number | null;
  readonly reordered: number | null;
  readonly duplicate: number | null;
  /** Includes the clock offset; `null` if the other end's clock has its own zero. */
  readonly delayNs: DistributionSummary | null;
  readonly ipdvNs: DistributionSummary;
  readonly pdvNs: DistributionSummary;
}

/** A series in nanoseconds, percentiles by nearest rank (RFC 2330 section 11.3); `null` is "undefined". */
export interface DistributionSummary {
  readonly min: number | null;
  readonly mean: number | null;
  /** Sample standard deviation (n − 1). */
  readonly stddev: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
}

/** What a STAMP reflector or a UDPEchoPlus server reports about itself. */
export interface ReflectorResult {
  /**
   * Whose numbers the replies carry: the reflector's own, copies of ours (a stateless reflector), or neither, for
   * example after a restart or if it also counts the requests of others; `null` without a reply.
   */
  readonly numbering: 'own' | 'copied' | 'inconsistent' | null;
  /** Lost probes whose direction can't be determined; `null` if that is all of them. */
  readonly unattributed: number | null;
  /** Lost probes that the server reports as received but not answered. */
  readonly unanswered: number | null;
  /** Our own packets that came back unchanged: the other end is a plain echo server. */
  readonly unaltered: number;
  /** Replies with a wrong HMAC; they also count as corrupted. */
  readonly unauthenticated: number;
  /** Replies whose timestamps contradict ours and were not used. */
  readonly unusableStamps: number;
  /** How long the server kept a probe; not included in any round-trip time. */
  readonly residenceNs: DistributionSummary;
  /** What is known about its clock; `null` if the clock has its own zero. */
  readonly clock: {
    /** The other clock is ahead of ours by at least this: delays are never negative. */
    readonly offsetLeastNs: number;
    /** The other clock is ahead of ours by at most this. */
    readonly offsetMostNs: number;
    /** What the other clock reports about itself. */
    readonly isSynchronised: boolean;
    /**
     * The largest clock error that it reported. A whole number, rounded up; `null` if it reported more than 2^53 −
     * 1, which is 104 days.
     */
    readonly errorNs: number | null;
  } | null;
}

/**
 * The picture of the path: what came back when, and how fast. Each list has one entry per column, from the start
 * of the session; docs/measuring.md defines the rows.
 */
export interface EchogramSummary {
  /** Increases when a field changes its meaning or is removed. */
  readonly version: 1;
  /** Column i holds the probes sent from i to i + 1 times this after the session's start. */
  readonly columnNs: number;
  /** Lower end of the first row, which also holds all shorter times. */
  readonly lowestNs: 1024;
  readonly rowsPerOctave: 32;
  /** Minus `received`, `lost` and `late`: still waiting for a reply. */
  readonly sent: readonly number[];
  /** Answered in time. */
  readonly received: readonly number[];
  /** Without a reply. */
  readonly lost: readonly number[];
  /** Answered after the timeout. */
  readonly late: readonly number[];
  /** Dropped by this host (buffer or checksum), if the engine could tell when. */
  readonly hostDropped: readonly number[];
  /** Refused by this system. */
  readonly sendFailed: readonly number[];
  /** Lost probes that an ICMP error named. */
  readonly icmpErrors: readonly number[];
  /** Altered replies, by arrival time. */
  readonly corrupted: readonly number[];
  /** Duplicate replies, by arrival time. */
  readonly duplicate: readonly number[];
  /** Slots skipped because this host was late. */
  readonly skipped: readonly number[];
  /** The largest delay of a probe after its slot. */
  readonly largestSendErrorNs: readonly number[];
  /** The longest stall of the measuring program, in the column in which it resumed; 0 if it was shorter than 2 ms. */
  readonly largestStallNs: readonly number[];
  /** For each column, the non-empty rows of round-trip time: row, count, row, count, ... */
  readonly rttRows: readonly (readonly number[])[];
}

/** What this host's kernel dropped; `null` if unknown. */
export interface HostDrops {
  /** Dropped by the sockets of this measurement because their receive buffer was full. */
  readonly receiveBuffer: number | null;
  /** Dropped by these sockets because the UDP checksum was wrong: something on the path changed the datagrams. */
  readonly checksum: number | null;
  /** Dropped by these sockets for one of the two reasons above; the kernel does not say which. */
  readonly bufferOrChecksum: number | null;
  /**
   * Datagrams with a wrong UDP checksum that reached this network namespace during the run. Short ones are dropped
   * before the kernel looks up their socket, and are only in this number.
   */
  readonly checksumOfAll: number | null;
  /**
   * Datagrams of this network namespace, of other programs too, that this host's send queue dropped without
   * notifying their senders. 0 on the Linux engine, which is notified: see `sendFailures`.
   */
  readonly sendQueue: number | null;
}

/** Datagrams from senders other than the target. */
export interface Elsewhere {
  readonly datagrams: number;
  /** The first senders, each with its own count. */
  readonly senders: readonly {
    readonly address: string;
    readonly port: number;
    readonly datagrams: number;
  }[];
}

/** Probes began to leave from another address of this host. */
export interface AddressChange {
  /** Nanoseconds since the session's start. */
  readonly atNs: number;
  readonly from: string;
  readonly to: string;
}

/** A limit that lets replies through at a steady pace, after a first burst. */
export interface RateLimit {
  /** Replies per second. */
  readonly perSecond: number;
  /** Probes that were answered before the first loss. */
  readonly burst: number;
}

/** Steps of the wall clock: the machine was suspended or its clock was set. No number depends on the wall clock. */
export interface ClockSteps {
  readonly count: number;
  /** The step farthest from zero; positive if the wall clock jumped ahead; `null` if there was none. */
  readonly largestNs: number | null;
}

/** The counts of one source port, which is one path if the network balances flows (ECMP). */
export interface StreamCounts {
  readonly sourcePort: number;
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly late: number;
  readonly lossRatio: number | null;
  readonly rttMeanNs: number | null;
}
