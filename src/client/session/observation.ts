// SPDX-License-Identifier: MIT
// What a session learns from a received datagram.

import type { Reflection } from '../protocols/probe-protocol.ts';

/** What a datagram is: a reply to a probe (in time, a second one, or after the timeout), or not a reply. */
export type ArrivalKind = 'reply' | 'duplicate' | 'late' | 'corrupted' | 'unaltered' | 'stray';

/** How a corrupted datagram was altered, according to its octets. */
export type Alteration = 'udp-echo-plus' | 'joined' | 'swapped-times' | 'unauthenticated';

/** There is a single such object, which is rewritten for each datagram. Times count from the session's start. */
export interface Observation {
  readonly kind: ArrivalKind;
  readonly payloadBytes: number;
  /** When this program received it. */
  readonly receivedNs: number;
  /** `undefined` if its octets show nothing, or if it is not corrupted. */
  readonly alteration: Alteration | undefined;

  // The rest applies to replies of any kind.

  readonly sequence: number;
  /** Index of the probe's source port. */
  readonly stream: number;
  /** When this program sent the probe. */
  readonly sentNs: number;
  /** When the reply arrived: the kernel's time, or this program's if the kernel's is unknown or wrong. */
  readonly atNs: number;
  /** From the sending of the probe to the arrival of its reply, each by the best available clock. */
  readonly delayNs: number;
  /** A whole number; excludes the time that the other end says it kept the probe. */
  readonly rttNs: number;
  /** From the probe's slot to the reply; a whole number. */
  readonly responseNs: number;
  /**
   * How much longer it took as seen by this program than by the kernel, a whole number; NaN without kernel timestamps.
   */
  readonly userToKernelNs: number;
  /** What the other end reported about itself; `undefined` if the protocol has no such report. */
  readonly reflection: Readonly<Reflection> | undefined;
  /** How long the other end kept the probe; NaN, like the next two, if its times are unusable. */
  readonly residenceNs: number;
  /** The delay of each direction, including the clock offset; whole numbers. */
  readonly forwardNs: number;
  readonly backwardNs: number;
}
