// SPDX-License-Identifier: MIT
// The types of schema/echogram.mtu-1.json, written by `npm run docs:schema`: change that file, not this one.

import type { TriedAddress } from '../client/session/result-types.ts';

/** Why the search ended: it was finished, or a signal or the caller stopped it. */
export type MtuEndCode = 'FINISHED' | 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'ABORTED';

/** Programs should use the code, not the wording. */
export type MtuVerdictCode =
  | 'FOUND'
  | 'DIRECTION_UNKNOWN'
  | 'LARGEST_ECHO'
  | 'TOO_LOSSY'
  | 'UNSETTLED'
  | 'STOPPED'
  | 'NO_REPLY'
  | 'NOTHING_LISTENS'
  | 'ICMP_ERROR'
  | 'WRONG_PROTOCOL'
  | 'WRONG_KEY';

/**
 * The result of one search for the path MTU, as `echogram mtu --json` prints it and `mtu()` resolves with it.
 * `mtu`, `payload`, `size` and the ends of a `range` are octets; other units are in the names; `null` is
 * "undefined" or "unknown".
 */
export interface MtuResult {
  readonly schema: 'echogram.mtu/1';
  readonly tool: {
    readonly version: string;
    readonly engine: 'linux' | 'portable';
    readonly node: string;
    readonly platform: string;
  };
  readonly target: MtuTarget;
  /** ISO 8601, wall clock, UTC; nothing is computed from it. */
  readonly startedAt: string;
  readonly durationNs: number;
  readonly endedBy: {
    readonly code: MtuEndCode;
    readonly message?: string;
  };
  readonly verdict: MtuVerdict;
  /** The given threshold and whether it held; empty if none was given. */
  readonly thresholds: readonly MtuThreshold[];
  /** Median round-trip time of the smallest datagrams. */
  readonly rttNs: number | null;
  readonly controls: MtuControls;
  /**
   * The largest packet that this host's interface sends; `null` if the system does not say, or if any datagram
   * fits.
   */
  readonly interfaceMtu: number | null;
  readonly forward: ForwardMtu;
  readonly backward: BackwardMtu;
  /**
   * The largest payload that came back complete. With the Linux engine it was sent in one packet and came back so;
   * the portable engine can't see whether it was fragmented.
   */
  readonly echoedPayload: number | null;
  /** The server returns at most this much of a longer payload; `null` if it returned everything. */
  readonly replyPayloadLimit: number | null;
  readonly fragments: FragmentFates;
  /** How often the results no longer held when they were checked at the end; the search then began anew. */
  readonly routeChanges: number;
  /** Every size that was tried, the smallest first. */
  readonly sizes: readonly TriedSize[];
}

/** Whose path was searched. */
export interface MtuTarget {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: 'echo' | 'stamp' | 'udp-echo-plus';
  /** If the name has several addresses, those that were tried for an answer, in this order. */
  readonly tried: readonly TriedAddress[];
}

/** What the search found. */
export interface MtuVerdict {
  readonly code: MtuVerdictCode;
  /** The first is the headline; the others explain or qualify it. */
  readonly sentences: readonly string[];
}

/** A given limit and what was found. */
export interface MtuThreshold {
  readonly name: 'minMtu';
  readonly limit: number;
  /**
   * The largest packet that is known to pass in both directions; `null` if it is unknown; then the limit does not
   * hold.
   */
  readonly actual: number | null;
  readonly held: boolean;
  /** Why `actual` is unknown; `null` if it is known. */
  readonly reason: string | null;
}

/** The smallest datagrams, which tell loss from size. */
export interface MtuControls {
  readonly sent: number;
  readonly received: number;
}

/** The way there. */
export interface ForwardMtu {
  /** The largest IP packet that gets there unfragmented, in octets; `null` if it is not known exactly. */
  readonly mtu: number | null;
  /** The UDP payload of such a packet; `null` if `mtu` is. */
  readonly payload: number | null;
  readonly range: MtuRange;
  /**
   * `interface`: this host's own. `ptb`: a router said so (ICMP "packet too big" or "fragmentation needed").
   * `silent`: longer packets vanish. `none-up-to`: every packet passes, up to the longest of UDP. `unknown`:
   * nothing is known, or longer packets vanish in one direction or the other.
   */
  readonly limitedBy: 'interface' | 'ptb' | 'silent' | 'none-up-to' | 'unknown';
  /** Who said so, for `ptb`. */
  readonly router: string | null;
}

/** What is known of a limit, in octets. */
export interface MtuRange {
  /** The largest size that is known to pass; `null` if unknown. */
  readonly from: number | null;
  /** The largest size that may pass; `null` if unknown. */
  readonly to: number | null;
}

/** The way back. */
export interface BackwardMtu {
  /** The largest IP packet that comes back unfragmented, in octets; `null` if it is not known exactly. */
  readonly mtu: number | null;
  /** The UDP payload of such a packet; `null` if `mtu` is. */
  readonly payload: number | null;
  readonly range: MtuRange;
  /**
   * `whole`: every reply came back whole. `fragments`: longer replies come in fragments. `silent`: longer replies
   * vanish. `unknown`: nothing is known, or longer packets vanish in one direction or the other.
   */
  readonly how: 'whole' | 'fragments' | 'silent' | 'unknown';
  /**
   * For `fragments`. `icmp`: a first reply was lost, and the next one came in fragments, so the server learnt the
   * path MTU from ICMP. `cut`: replies came in fragments from the first one on: the limit is the server's
   * interface, a path MTU that it learnt earlier, or a router that fragments. `null` otherwise, or if it is
   * unknown what became of the first reply, because anything else was lost too.
   */
  readonly cause: 'icmp' | 'cut' | null;
}

/** What happens to longer datagrams that may be fragmented. */
export interface FragmentFates {
  /**
   * Longer datagrams that this host fragmented; their replies are as long. `dropped`: none came back, as often as
   * it takes not to be chance. `null`: not tried, or not as often.
   */
  readonly local: 'pass' | 'dropped' | null;
  /**
   * Datagrams longer than `forward.mtu` that routers may fragment; their replies are as long. `dropped` and
   * `null`: as for `local`; over IPv6 no router fragments.
   */
  readonly router: 'pass' | 'dropped' | null;
}

/** What became of one size. */
export interface TriedSize {
  /** Of the IP packet. */
  readonly size: number;
  readonly payload: number;
  /** Who may fragment it. */
  readonly fragmentation: 'whole' | 'by-routers' | 'at-source';
  readonly sent: number;
  /** Replies that came back in one packet, or whose fragments are unknown. */
  readonly whole: number;
  /** Replies that came back in fragments. */
  readonly fragmented: number;
  /** The largest fragment of these; `null` if there were none. */
  readonly largestFragment: number | null;
  /** ICMP "packet too big" or "fragmentation needed". */
  readonly tooBig: number;
  /** Who said so last. */
  readonly router: string | null;
  /** What it said last; 0 if it did not say, `null` if nobody said so. */
  readonly nextHopMtu: number | null;
  /** Those that this host did not send because of their length. */
  readonly tooLong: number;
  /** Other ICMP errors. */
  readonly icmpErrors: number;
  /**
   * Those that nothing came back for in time. A datagram that was still waited for when the search was stopped is
   * only counted as sent.
   */
  readonly lost: number;
  /** Those of the lost ones that are known to have reached the other end. */
  readonly arrived: number;
}
