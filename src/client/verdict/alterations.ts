// SPDX-License-Identifier: MIT
// Who changed the replies that came back altered, where their octets show it; in words.

import { countOf } from '../../quantities.ts';
import type { Measured } from '../session/session-result.ts';

/** What the altered replies show of the other end; `undefined` where they show nothing. */
export function alterationCause({ alterations, target }: Measured): string | undefined {
  const { udpEchoPlus, joined, swappedTimes } = alterations;
  if (udpEchoPlus > 0) {
    return `Port ${target.port} is a UDPEchoPlus server: only octets 4 to 19 of ${countOf(udpEchoPlus, 'reply', 'replies')} were changed; try --protocol udp-echo-plus.`;
  }
  if (joined > 0) {
    return `The other end joins datagrams: ${countOf(joined, 'reply of it holds', 'replies of it hold')} two probes or more, one behind the other.`;
  }
  if (swappedTimes === 0) return undefined;
  return `The other end has T1 and T3 the wrong way round in ${countOf(swappedTimes, 'reply', 'replies')}, so none can be used.`;
}
