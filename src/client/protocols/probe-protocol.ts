// SPDX-License-Identifier: MIT
// What a session needs of a protocol: how a probe is written, and what a datagram that came is.

import type { ProbeFields, ProbeVerdict } from '../../wire/probe.ts';
import type { WallTime } from '../../wire/timestamp.ts';

/** `echo` is any server that sends back what it gets. */
export type ProtocolName = 'echo' | 'stamp' | 'udp-echo-plus';

/** What a datagram is to a session. */
export type ReplyVerdict =
  | ProbeVerdict
  /** Our own packet as we sent it: the other end is a plain echo, and speaks another protocol. */
  | 'unaltered'
  /** Its HMAC is not what our key makes of it. */
  | 'unauthenticated';

/** Writes and reads the probes of one session. */
export interface ProbeProtocol {
  /** Writes a probe into `view` from byte `start` on. */
  encode(view: DataView, fields: Readonly<ProbeFields>, start?: number): void;
  /**
   * Reads a datagram that came to the source port `stream` into `fields`, which hold nothing of use unless
   * it is intact. `fields.sentAtNs` is what the reply says of when its probe was sent.
   */
  decode(
    view: DataView,
    fields: ProbeFields,
    start: number,
    bytes: number,
    stream: number,
  ): ReplyVerdict;
  /** The number of the probe of ours whose first `bytes` an ICMP error to the source port quotes. */
  quotedSequence(view: DataView, start: number, bytes: number, stream: number): number | undefined;
}

/** What the other end said of itself in the reply that was decoded last. */
export interface Reflection {
  /** Its own number of this reply, 32 bits. */
  sequence: number;
  /** True where that is the number that our probe had. */
  isCopy: boolean;
  /** T2 and T3: its clock in nanoseconds since a moment that stays the same, near the session's start. */
  receivedNs: number;
  sentNs: number;
  /** What it said of its clock, whole or Infinity; NaN where the protocol has no word for it. */
  clockErrorNs: number;
  isClockSynchronised: boolean;
  /** Requests that it received and did not answer so far, 32 bits. */
  failures: number;
}

/** A protocol whose replies say more than that the probe came back. */
export interface ReflectingProtocol extends ProbeProtocol {
  readonly reflection: Readonly<Reflection>;
  /** True where each source port has a counter at the other end, false where there is one for all. */
  readonly countsEachPort: boolean;
  /** True where such a counter starts at 0 with the session. */
  readonly startsAtZero: boolean;
  /** What the times of replies are multiples of. */
  readonly tickNs: number;
  /**
   * What `receivedNs` lacks to our clock's zero, in nanoseconds; `undefined` where the other end's clock
   * has a zero that nobody knows, so that it tells differences alone.
   */
  readonly clockZeroNs: number | undefined;
  /** Told once, before the first probe: what our wall clock shows at the session's start. */
  setStart(wall: Readonly<WallTime>): void;
}

export interface ProtocolPlan {
  readonly protocol: ProtocolName;
  /** Authenticates STAMP packets. */
  readonly key: Uint8Array | undefined;
  readonly payloadBytes: number;
  readonly streams: number;
  readonly nonce: readonly [high: number, low: number];
}
