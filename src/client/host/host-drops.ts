// SPDX-License-Identifier: MIT
// What this host dropped, and as far as the kernel's counters tell, why.

import { causesOf } from '../../socket/drop-causes.ts';
import type { UdpCounters } from '../../socket/udp-counters.ts';
import type { HostDrops } from '../session/session-result.ts';

const UNKNOWN = { receiveBuffer: null, checksum: null, bufferOrChecksum: null };

/**
 * @param dropped  by the sockets of the measurement; `null` where nobody can know
 * @param counted  by the namespace meanwhile; `null` where nobody can know
 * @param isToldOfQueue  whether the system tells which probes found no room in this host's own queue
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
