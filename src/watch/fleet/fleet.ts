// SPDX-License-Identifier: MIT
// The prober of a watch as the main thread sees it: it is given the targets, and reports columns and events.

import type { EngineName } from '../../socket/datagram-socket.ts';
import type { WatchColumn } from '../column.ts';
import type { Counts } from '../counts.ts';
import type { FleetMember } from '../target.ts';
import type { WatchEvent } from '../watch-event.ts';

/** Upper ends of the buckets of round-trip times, in nanoseconds: 25 µs · 2^n, up to 13.1 s. */
export const RTT_BUCKETS_NS: readonly number[] = Array.from(
  { length: 20 },
  (_, n) => 25_000 * 2 ** n,
);

/** Counters since the target was added. They only increase, as readers of metrics expect. */
export interface TargetCounters {
  readonly counts: Readonly<Counts>;
  /** Replies in time by bucket (not cumulative); the last one has those above all buckets. */
  readonly rttBuckets: readonly number[];
  readonly rttSumNs: number;
  /** Wall clock time in milliseconds since 1970; `null` before the first reply. */
  readonly lastReplyAtMs: number | null;
}

/** Counters of the fleet as a whole. */
export interface FleetCounters {
  /** Datagrams that the shared sockets dropped, by IP version; `null` if the system does not report it. */
  readonly hostDropped: { readonly ipv4: number | null; readonly ipv6: number | null };
  readonly clockSteps: number;
  /** Datagrams from addresses that are not watched. */
  readonly strangers: number;
  /** Actual minus intended send time of all probes, in nanoseconds. */
  readonly sendErrorNs: {
    readonly p50: number | null;
    readonly p99: number | null;
    readonly max: number | null;
  };
}

export interface FleetHandlers {
  /**
   * Receives final columns, in chronological order for each target. After the wall clock was set back, a column may
   * arrive twice with different probes: the two must be added.
   */
  readonly onColumns: (columns: readonly WatchColumn[]) => void;
  readonly onEvent: (event: WatchEvent) => void;
  /** The prober failed: no more probes are sent. */
  readonly onFailure: (error: Error) => void;
}

export interface Fleet extends AsyncDisposable {
  readonly engine: EngineName;
  /** Why it is not the Linux engine, if the choice was automatic. */
  readonly engineReason: string | null;
  readonly counters: FleetCounters;
  /**
   * Probes exactly these members from now on. A target with a known key keeps its phase, numbering and counters, and
   * its outstanding probes if its address stays the same.
   */
  set(members: readonly FleetMember[]): void;
  /** Reads shared memory, which costs the prober nothing. `undefined` for a target that is not watched. */
  countersOf(key: string): TargetCounters | undefined;
  /** The columns that are not final yet. */
  openColumns(): Promise<readonly WatchColumn[]>;
  /** Stops sending, waits for outstanding replies, and reports all columns. */
  stop(): Promise<void>;
}
