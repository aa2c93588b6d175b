// SPDX-License-Identifier: MIT
// Describes probes that must not be fragmented and do not fit, and who said so.

import { escapeText } from '../../printable.ts';
import { countOf, formatCount } from '../../quantities.ts';
import type { Measured } from '../session/session-result.ts';

type Told = Pick<Measured, 'config' | 'sendFailures' | 'icmpErrors'>;

/** True if fragmentation was forbidden, and this host or a router refused probes for their length. */
export function isTooLong({ config, sendFailures, icmpErrors }: Told): boolean {
  if (config.dontFragment !== 'set') return false;
  return refusedHere(sendFailures) > 0 || refusals(icmpErrors).length > 0;
}

/** `Probes of 1,400 bytes do not fit the path unfragmented: 10.77.0.2 answers ICMP "too big for the path" (1); …` */
export function tooLong({ config, sendFailures, icmpErrors }: Told): string {
  const here = refusedHere(sendFailures);
  const routers = refusals(icmpErrors).map(
    ({ from, count }) =>
      `${from === null ? 'a router' : escapeText(from)} sent ${countOf(count, 'ICMP "too big for the path"', 'ICMP "too big for the path"')}`,
  );
  // If no router has said so, the cause is the interface, or what the system had learnt earlier.
  const cause =
    routers.length === 0
      ? 'the MTU of its interface, or a path MTU that it knows already'
      : 'the path MTU that it learnt';
  const own =
    here === 0 ? [] : [`this host did not send ${formatCount(here)} (EMSGSIZE): ${cause}`];
  const size = `Probes of ${formatCount(config.payloadBytes)} bytes`;
  return `${size} do not fit the path unfragmented: ${[...routers, ...own].join('; ')}. Try a smaller --size.`;
}

function refusedHere(sendFailures: Measured['sendFailures']): number {
  return sendFailures['EMSGSIZE'] ?? 0;
}

function refusals(icmpErrors: Measured['icmpErrors']): Measured['icmpErrors'] {
  return icmpErrors.filter(({ systemCode }) => systemCode === 'EMSGSIZE');
}
