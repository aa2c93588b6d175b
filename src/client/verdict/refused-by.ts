// SPDX-License-Identifier: MIT
// Who refused, in words: only an ICMP error from the target itself proves that the target is there.

import { escapeText } from '../../printable.ts';
import { countOf } from '../../quantities.ts';
import { isLoopback, parseAddress } from '../../socket/ip-address.ts';
import { isPortUnreachable, refusalKind } from '../session/refusal-kind.ts';
import type { RefusalCount } from '../session/refusal-table.ts';
import type { Measured } from '../session/session-result.ts';

type Refused = Pick<Measured, 'datagrams' | 'refusals' | 'target'>;

/** True where the target itself said each time that nothing listens on the port. */
export function isClosedPort({ datagrams, refusals, target }: Refused): boolean {
  if (datagrams.refused === 0 || !refusals.every(isPortUnreachable)) return false;
  return refusals.every(({ from }) => isFromTarget(from, target.address));
}

export function nothingListens({ datagrams, target }: Refused): string {
  const errors = countOf(datagrams.refused, 'ICMP "port unreachable"', 'ICMP "port unreachable"');
  return `UDP does not work: ${escapeText(target.address)} is there, but nothing listens on port ${target.port}, or its firewall says so (${errors}).`;
}

/** `UDP does not work: 10.9.1.1, not the target, answers: 4 ICMP "port unreachable".` */
export function refused({ refusals, target }: Refused): string {
  const senders = [...new Set(refusals.map(({ from }) => from))];
  const answers = senders.map((from) => {
    const kinds = refusals.filter((refusal) => refusal.from === from).map(countedKind);
    return `${senderName(from, target.address)} answers: ${kinds.join(', ')}`;
  });
  return `UDP does not work: ${answers.join('; ')}.`;
}

function countedKind(refusal: RefusalCount): string {
  return `${refusal.count} ${refusalKind(refusal)}`;
}

function senderName(from: string | null, target: string): string {
  if (isFromTarget(from, target)) return escapeText(target);
  if (from !== null) return `${escapeText(from)}, not the target,`;
  return 'the target, a router or this host (the system does not say which)';
}

/** Where the sender is not known, nobody but this host answers for loopback. */
function isFromTarget(from: string | null, target: string): boolean {
  if (from === null) return isLoopback(target);
  return parseAddress(from)?.join() === parseAddress(target)?.join();
}
