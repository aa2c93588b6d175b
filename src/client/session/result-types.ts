// SPDX-License-Identifier: MIT
// The types of schema/echogram.session-1.json, written by `npm run docs:schema`: change that file, not this one.

/**
 * Why a measurement ended: so many probes were sent, or for so long; a signal, or the caller, stopped it before;
 * it failed.
 */
export type EndCode = 'COUNT' | 'DURATION' | 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'ABORTED' | 'ERROR';

/** What a measurement means: the first whose condition, in docs/measuring.md, holds. */
export type VerdictCode =
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
  /** The options as they were given. */
  readonly supplied: {
    readonly host?: string;
    readonly [k: string]: string | number | boolean | undefined;
  };
  readonly target: {
    readonly host: string;
    readonly address: string;
    readonly port: number;
    readonly protocol: 'echo' | 'stamp' | 'udp-echo-plus';
    /**
     * Where the name has several addresses, those that were tried for an answer, in this order; none of it is
     * counted.
     */
    readonly tried: readonly TriedAddress[];
  };
  /** ISO 8601, wall clock, UTC; nothing is computed from it. */
  readonly startedAt: string;
  readonly durationNs: number;
  readonly endedBy: {
    readonly code: EndCode;
    readonly message?: string;
    /** Probes that still had time to be answered when a second stop ended the waiting; in no count. */
    readonly leftOut?: number;
  };
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
  /** `null` for a plain echo. */
  readonly reflector: ReflectorResult | null;
  /** Probes lost one after the other, late ones among them. */
  readonly lossRuns: {
    readonly count: number;
    readonly longest: number;
    readonly meanLength: number | null;
    /** Length of the run that the session ended in; 0 where its last probe was answered. */
    readonly atEnd: number;
    /** Runs of one loss, of two, … up to the longest; the 64th entry counts all longer ones too. */
    readonly runsByLength: readonly number[];
  };
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
  /**
   * Probes that this host did not send, by the system's name for why: `{ EPERM: 3 }`. Their sum is
   * `datagrams.sendFailed`.
   */
  readonly sendFailures: Readonly<Record<string, number>>;
  /**
   * Datagrams that came to our ports from others than the target, as from a server that answers from another
   * address; they are among `datagrams.stray`. `null` where nobody can know: see `noPorts`.
   */
  readonly elsewhere: Elsewhere | null;
  /**
   * A hint where `elsewhere` is `null`: datagrams that came meanwhile to a port where nobody listened, or that
   * listens to somebody else alone. Of anybody in this network namespace, probes to a closed port of this host
   * among them; `null` where the system does not tell.
   */
  readonly noPorts: number | null;
  /**
   * When probes began to leave from another address of this host, and from which; the first 64. Empty where the
   * address stayed.
   */
  readonly addressChanges: readonly AddressChange[];
  /** The pace at which replies came, where a limit and not the path decided it; else `null`. */
  readonly rateLimit: RateLimit | null;
  /** What this process added. */
  readonly runtime: {
    readonly loopDelayNs: {
      readonly p99: number | null;
      readonly max: number | null;
    };
    readonly gcMaxNs: number | null;
    readonly clockSteps: ClockSteps;
  };
  /** One for each source port. */
  readonly streams: readonly StreamCounts[];
}

/** The effective settings. */
export interface SessionConfig {
  readonly count: number | null;
  /** Between two probes; not a whole number where the rate does not divide a second, as at 300 a second. */
  readonly intervalNs: number;
  readonly payloadBytes: number;
  readonly durationNs: number | null;
  readonly timeoutNs: number;
  /** True where STAMP packets carry an HMAC. */
  readonly isAuthenticated: boolean;
  readonly schedule: 'periodic' | 'poisson';
  readonly flows: number;
  readonly ttl: number | null;
  readonly dscp: number | null;
}

/** An address of the host that was asked before the measurement. */
export interface TriedAddress {
  readonly address: string;
  /** `icmp-error`: one came, and no reply. `unreachable`: this host could not send there. */
  readonly outcome: 'answered' | 'silent' | 'icmp-error' | 'unreachable';
  /** The system's name of the ICMP error, or for why it was unreachable; else `null`. */
  readonly systemCode: string | null;
}

/** What the measurement means. Programs go by the code, not by the words. */
export interface Verdict {
  readonly code: VerdictCode;
  /** The first has the headline; what follows explains or doubts it. */
  readonly sentences: readonly string[];
}

/** A limit that was given, and what was measured. */
export interface Threshold {
  /**
   * `missedRatio` is (lost + late + sendFailed) / (sent + sendFailed), compared by its counts; `rttP99Ns` is
   * `rttNs.p99`.
   */
  readonly name: 'missedRatio' | 'rttP99Ns';
  readonly limit: number;
  /** `null` where there was nothing to hold against the limit; then it did not hold. */
  readonly actual: number | null;
  readonly held: boolean;
}

/**
 * `sent = received + lost + late` once a session is over. `received` counts a probe once, in time; duplicates,
 * strays and corrupted replies stand apart and never enter loss.
 */
export interface DatagramCounts {
  readonly sent: number;
  readonly sendFailed: number;
  /** Probes answered in time, each once. */
  readonly received: number;
  readonly lost: number;
  /** Probes answered after the timeout. */
  readonly late: number;
  readonly duplicate: number;
  readonly reordered: number;
  readonly corrupted: number;
  /** ICMP errors that came; `icmpErrors` of the result has them by kind. */
  readonly icmpErrors: number;
  readonly stray: number;
  /** `(lost + late) / sent`; `null` where nothing was sent. */
  readonly lossRatio: number | null;
}

/** How often one sender sent one kind of ICMP error. */
export interface IcmpErrorCount {
  /** The system's name for it, such as ECONNREFUSED. */
  readonly systemCode: string;
  /** Who sent it; `null` where the system doesn't tell, as its type and code. */
  readonly from: string | null;
  readonly icmpType: number | null;
  readonly icmpCode: number | null;
  readonly count: number;
}

/**
 * One direction, where the protocol tells them apart; a plain echo does not. Counts are `null` where the other
 * end does not number its replies itself.
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

/** A series in nanoseconds, percentiles by nearest rank (RFC 2330 section 11.3); `null` is "undefined". */
export interface DistributionSummary {
  readonly min: number | null;
  readonly mean: number | null;
  /** Of the sample (n − 1). */
  readonly stddev: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
}

/** What a STAMP reflector or an UDPEchoPlus server told of itself. */
export interface ReflectorResult {
  /**
   * Whose its numbers are: its own, copies of ours (a stateless reflector), or neither, as where it was restarted
   * or counts the requests of others too; `null` without a reply.
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
    /** It is ahead of ours by at least this: delays are never below zero. */
    readonly offsetLeastNs: number;
    /** It is ahead of ours by at most this. */
    readonly offsetMostNs: number;
    /** What it says of itself. */
    readonly isSynchronised: boolean;
    /**
     * By how much it said that its clock may be off, at most. A whole number, rounded up; `null` where it said more
     * than 2^53 − 1, which is 104 days.
     */
    readonly errorNs: number | null;
  } | null;
}

/**
 * The picture of the path: what came back when, and how fast. Each list has an entry for each column, from the
 * start of the session; docs/measuring.md has the rows.
 */
export interface EchogramSummary {
  /** Rises when a field changes its meaning or goes. */
  readonly version: 1;
  /** Column i holds the probes sent from i to i + 1 times this, since the session's start. */
  readonly columnNs: number;
  /** Lower end of the first row, which also holds what is below. */
  readonly lowestNs: 1024;
  readonly rowsPerOctave: 32;
  /** Less `received`, `lost` and `late`, they were still waited for. */
  readonly sent: readonly number[];
  /** Answered in time. */
  readonly received: readonly number[];
  /** Without a reply. */
  readonly lost: readonly number[];
  /** Answered after the timeout. */
  readonly late: readonly number[];
  /** Dropped by this host (buffer or checksum), as far as the engine could tell when. */
  readonly hostDropped: readonly number[];
  /** Refused by this system. */
  readonly sendFailed: readonly number[];
  /** Of the lost, those that an ICMP error named. */
  readonly icmpErrors: readonly number[];
  /** Altered replies, by when they came. */
  readonly corrupted: readonly number[];
  /** Second replies, by when they came. */
  readonly duplicate: readonly number[];
  /** Slots left out, because this host was late. */
  readonly skipped: readonly number[];
  /** The latest that a probe was sent after its slot. */
  readonly largestSendErrorNs: readonly number[];
  /** The longest that the measuring program stalled, by when it went on; 0 where it was for less than 2 ms. */
  readonly largestStallNs: readonly number[];
  /** For each column the rows of round-trip time that hold something: row, count, row, count, ... */
  readonly rttRows: readonly (readonly number[])[];
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
   * Datagrams with a wrong UDP checksum that came meanwhile to anybody in this network namespace. Short ones are
   * dropped before the kernel looks whose they are, and are in this number alone.
   */
  readonly checksumOfAll: number | null;
  /**
   * Probes, or datagrams of others in this network namespace, that found no room in this host's own queue on their
   * way out, and whose senders were not told. 0 on the Linux engine, which is told: see `sendFailures`.
   */
  readonly sendQueue: number | null;
}

/** Datagrams that came from others than who was asked. */
export interface Elsewhere {
  readonly datagrams: number;
  /** The first of those who sent them, each with its own count. */
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
  /** Replies a second. */
  readonly perSecond: number;
  /** Probes that were answered before the first loss. */
  readonly burst: number;
}

/** A suspended machine, or a clock that was set; no number comes from the wall clock. */
export interface ClockSteps {
  readonly count: number;
  /** The one farthest from zero: above it, the wall clock got ahead; `null` without any. */
  readonly largestNs: number | null;
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
