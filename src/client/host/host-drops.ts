// SPDX-License-Identifier: MIT
// What this host dropped, and why, as far as the kernel's counters show it.

import { causesOf } from '../../socket/drop-causes.ts';
import type { UdpCounters } from '../../socket/udp-counters.ts';
import type { HostDrops } from '../session/session-result.ts';

const UNKNOWN = { receiveBuffer: null, checksum: null, bufferOrChecksum: null };

/**
 * @param dropped  drops of the measurement's sockets; `null` if unknown
 * @param counted  counts of the namespace meanwhile; `null` if unknown
 * @param isToldOfQueue  true if the system reports which probes found no room in this host's own queue
 */
export function hostDropsOf(
  dropped: number | null,
  counted: UdpCounters | null,
  isToldOfQueue: boolean,
): HostDrops {
  return {
    ...(dropped === null ? UNKNOWN : causesOf(dropped, counted)),
    checksumOfAll: counted?.checksumErrors ?? null,
    sendQueue: isToldOfQueue ? 0 : (counted?.sendBufferErrors ?? null),
  };
}
