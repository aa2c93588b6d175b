// SPDX-License-Identifier: MIT
// What a measuring client asks of a socket, whichever engine moves the bytes.

import type { HostAddress } from './resolve.ts';

export interface ProbeSocketOptions {
  readonly peer: HostAddress;
  readonly port: number;
  readonly receiveBufferBytes: number;
  /** Hops that a probe may take; `undefined` is the system's default. */
  readonly ttl: number | undefined;
  /** Differentiated services code point, 0 to 63 (RFC 2474); `undefined` is the system's default. */
  readonly dscp: number | undefined;
  /** Allows a broadcast address as peer, whose replies then come from other addresses. */
  readonly allowBroadcast: boolean;
}
