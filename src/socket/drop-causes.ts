// SPDX-License-Identifier: MIT
// Why Linux dropped datagrams of a socket: it counts those dropped for lack of room and those with a wrong checksum in
// one number.

import type { UdpCounters } from './udp-counters.ts';

/** Datagrams that the kernel dropped, under the cause that its counters prove. */
export interface DropCauses {
  /** There was no room for them. */
  readonly receiveBuffer: number;
  /** Their UDP checksum was wrong, so that something on the path had changed them. */
  readonly checksum: number;
  /** One or the other: the counters do not say which. */
  readonly bufferOrChecksum: number;
}

/** Total drops of several sockets: `null` (unknown) if one of them is unknown. */
export function sumOfDrops(drops: readonly (number | null)[]): number | null {
  return drops.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
}

/**
 * Splits drops by cause. The counts of each cause for the whole namespace bound both; if other sockets had some too,
 * what lies between the bounds stays undivided.
 *
 * @param dropped  drops of the sockets in question
 * @param counted  counts of the namespace meanwhile, read after the sockets; `null` if unknown
 */
export function causesOf(dropped: number, counted: UdpCounters | null): DropCauses {
  const { receiveBufferErrors: full, checksumErrors: wrong } = counted ?? {
    receiveBufferErrors: dropped,
    checksumErrors: dropped,
  };
  const checksum = Math.min(Math.max(0, dropped - full), wrong);
  const receiveBuffer = Math.min(Math.max(0, dropped - wrong), full);
  return { receiveBuffer, checksum, bufferOrChecksum: dropped - checksum - receiveBuffer };
}
