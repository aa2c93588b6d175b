// SPDX-License-Identifier: MIT
// Why Linux dropped datagrams of a socket: it has those for want of room and those for a wrong checksum in one number.

import type { UdpCounters } from './udp-counters.ts';

/** Datagrams that the kernel dropped, under the cause that its counters prove. */
export interface DropCauses {
  /** There was no room for them. */
  readonly receiveBuffer: number;
  /** Their UDP checksum was wrong, so that something on the path had changed them. */
  readonly checksum: number;
  /** One or the other: the counters do not tell. */
  readonly bufferOrChecksum: number;
}

/** Drops of several sockets together: `null`, which is unknown, where one of them is. */
export function sumOfDrops(drops: readonly (number | null)[]): number | null {
  return drops.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
}

/**
 * How many of each cause the whole namespace had bounds both; where others had some too, what lies between the
 * bounds is not told apart.
 *
 * @param dropped  by the sockets in question
 * @param counted  by the namespace meanwhile, read after the sockets; `null` where nobody can know
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
