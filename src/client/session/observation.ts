// SPDX-License-Identifier: MIT
// What a session learns from a datagram that came.

import type { Reflection } from '../protocols/probe-protocol.ts';

/** What a datagram is: the reply to a probe, in time, a second one, or after the timeout; or none. */
export type ArrivalKind = 'reply' | 'duplicate' | 'late' | 'corrupted' | 'unaltered' | 'stray';

/** What the octets of a corrupted datagram show to have been done to it. */
export type Alteration = 'udp-echo-plus' | 'joined' | 'swapped-times' | 'unauthenticated';

/** There is one such object, which is written anew for each datagram. Times are since the session's start. */
export interface Observation {
  readonly kind: ArrivalKind;
  readonly payloadBytes: number;
  /** When this program got it. */
  readonly receivedNs: number;
  /** `undefined` where it shows nothing, as if it is not corrupted. */
  readonly alteration: Alteration | undefined;

  // Of a reply, whichever, is the rest.

  readonly sequence: number;
  /** Index of the probe's source port. */
  readonly stream: number;
  /** When this program sent the probe. */
  readonly sentNs: number;
  /** When the reply came: the kernel's time, or this program's where the kernel's is not known or not right. */
  readonly atNs: number;
  /** A whole number, without the time that the other end says it kept the probe. */
  readonly rttNs: number;
  /** From the slot of the probe to the reply; a whole number. */
  readonly responseNs: number;
  /** How much longer this program saw it take than the kernel, a whole number; NaN where the kernel did not say. */
  readonly userToKernelNs: number;
  /** What the other end said of itself; `undefined` where the protocol has it say nothing. */
  readonly reflection: Readonly<Reflection> | undefined;
  /** How long the other end kept the probe; NaN, as the two after it, where its times are of no use. */
  readonly residenceNs: number;
  /** Each way, with what the clocks differ by in it; whole numbers. */
  readonly forwardNs: number;
  readonly backwardNs: number;
}
