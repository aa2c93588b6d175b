// SPDX-License-Identifier: MIT
// What a session needs from a protocol: how a probe is written, and what a received datagram is.

import type { ProbeFields, ProbeVerdict } from '../../wire/probe.ts';
import type { WallTime } from '../../wire/timestamp.ts';

/** `echo` means any server that sends back what it receives. */
export type ProtocolName = 'echo' | 'stamp' | 'udp-echo-plus';

/** What a datagram is to a session. */
export type ReplyVerdict =
  | ProbeVerdict
  /** Our own packet, unchanged: the other end is a plain echo server, which speaks another protocol. */
  | 'unaltered'
  /** Its HMAC does not match our key. */
  | 'unauthenticated';

/** Writes and reads the probes of one session. */
export interface ProbeProtocol {
  /** Writes a probe into `view` from byte `start` on. */
  encode(view: DataView, fields: Readonly<ProbeFields>, start?: number): void;
  /**
   * Reads a datagram received on the source port `stream` into `fields`, which are meaningful only if it is intact.
   * `fields.sentAtNs` is the probe's send time according to the reply.
   */
  decode(
    view: DataView,
    fields: ProbeFields,
    start: number,
    bytes: number,
    stream: number,
  ): ReplyVerdict;
  /** The number of our probe whose first `bytes` an ICMP error to the source port quotes. */
  quotedSequence(view: DataView, start: number, bytes: number, stream: number): number | undefined;
}

/** What the other end reported about itself in the reply that was decoded last. */
export interface Reflection {
  /** Its own number of this reply, 32 bits. */
  sequence: number;
  /** True if that equals our probe's number. */
  isCopy: boolean;
  /** T2 and T3: its clock in nanoseconds since a fixed moment near the session's start. */
  receivedNs: number;
  sentNs: number;
  /** The error of its clock as it reports it, a whole number or Infinity; NaN if the protocol has no such field. */
  clockErrorNs: number;
  isClockSynchronised: boolean;
  /** Requests that it received but did not answer so far, 32 bits. */
  failures: number;
}

/** A protocol whose replies say more than that the probe came back. */
export interface ReflectingProtocol extends ProbeProtocol {
  readonly reflection: Readonly<Reflection>;
  /** True if each source port has a counter at the other end, false if there is one for all. */
  readonly countsEachPort: boolean;
  /** True if such a counter starts at 0 with the session. */
  readonly startsAtZero: boolean;
  /** The resolution of the times in replies. */
  readonly tickNs: number;
  /**
   * Nanoseconds to add to `receivedNs` for our clock's zero; `undefined` if the zero of the other end's clock is
   * unknown, so that only differences are meaningful.
   */
  readonly clockZeroNs: number | undefined;
  /** Called once, before the first probe, with our wall clock time at the session's start. */
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
