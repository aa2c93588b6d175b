// SPDX-License-Identifier: MIT
// Describes what altered the replies, if their octets show it.

import { countOf } from '../../quantities.ts';
import type { Measured } from '../session/session-result.ts';

type Altered = Pick<Measured, 'alterations'> & {
  readonly target: Pick<Measured['target'], 'port'>;
};

/** What the altered replies reveal about the other end; `undefined` if nothing. */
export function alterationCause({ alterations, target }: Altered): string | undefined {
  const { udpEchoPlus, joined, swappedTimes } = alterations;
  if (udpEchoPlus > 0) {
    return `Port ${target.port} is a UDPEchoPlus server: only octets 4 to 19 of ${countOf(udpEchoPlus, 'reply', 'replies')} changed; try --protocol udp-echo-plus.`;
  }
  if (joined > 0) {
    return `The other end joins datagrams: ${countOf(joined, 'reply contains', 'replies contain')} two or more probes in a row.`;
  }
  if (swappedTimes === 0) return undefined;
  return `The other end swaps T1 and T3 in ${countOf(swappedTimes, 'reply', 'replies')}, so none of them can be used.`;
}
