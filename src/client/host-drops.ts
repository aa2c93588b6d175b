// SPDX-License-Identifier: MIT
// What this host dropped, and as far as the kernel's counters tell, why.

import type { UdpCounters } from '../socket/udp-counters.ts';
import type { HostDrops } from './session-result.ts';

/**
 * A socket's drops are those for want of room and those for a wrong checksum in one number. How many of each the
 * whole namespace had bounds both; where others had some too, what lies between the bounds is not told apart.
 *
 * @param dropped  by the sockets of the measurement; `null` where nobody can know
 * @param counted  by the namespace meanwhile; `null` where nobody can know
 * @param isToldOfQueue  whether the system tells which probes found no room in this host's own queue
 */
export function hostDropsOf(
  dropped: number | null,
  counted: UdpCounters | null,
  isToldOfQueue: boolean,
): HostDrops {
  const checksumOfAll = counted?.checksumErrors ?? null;
  const sendQueue = isToldOfQueue ? 0 : (counted?.sendBufferErrors ?? null);
  if (dropped === null) {
    return {
      ...{ receiveBuffer: null, checksum: null, bufferOrChecksum: null },
      ...{ checksumOfAll, sendQueue },
    };
  }
  const checksum = dropped - Math.min(dropped, counted?.receiveBufferErrors ?? dropped);
  const receiveBuffer = dropped - Math.min(dropped, counted?.checksumErrors ?? dropped);
  const bufferOrChecksum = dropped - checksum - receiveBuffer;
  return { receiveBuffer, checksum, bufferOrChecksum, checksumOfAll, sendQueue };
}
