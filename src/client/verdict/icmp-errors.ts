// SPDX-License-Identifier: MIT
// Who sent ICMP errors, in words: only an ICMP error from the target itself proves that the target is there.

import { escapeText } from '../../printable.ts';
import { countOf } from '../../quantities.ts';
import { isLoopback, isSameAddress } from '../../socket/ip-address.ts';
import { isPortUnreachable, icmpErrorKind } from '../session/icmp-error-kind.ts';
import type { IcmpErrorCount } from '../session/icmp-error-table.ts';
import type { Measured } from '../session/session-result.ts';

type Told = Pick<Measured, 'datagrams' | 'icmpErrors' | 'target'>;

/** True where the target itself said each time that nothing listens on the port. */
export function isClosedPort({ datagrams, icmpErrors, target }: Told): boolean {
  if (datagrams.icmpErrors === 0 || !icmpErrors.every(isPortUnreachable)) return false;
  return icmpErrors.every(({ from }) => isFromTarget(from, target.address));
}

export function nothingListens({ datagrams, target }: Told): string {
  const errors = countOf(
    datagrams.icmpErrors,
    'ICMP "port unreachable"',
    'ICMP "port unreachable"',
  );
  return `UDP does not work: ${escapeText(target.address)} is there, but nothing listens on port ${target.port}, or its firewall says so (${errors}).`;
}

/** `UDP does not work: 10.9.1.1, not the target, answers: 4 ICMP "port unreachable".` */
export function icmpErrorSenders({ icmpErrors, target }: Told): string {
  const senders = [...new Set(icmpErrors.map(({ from }) => from))];
  const answers = senders.map((from) => {
    const kinds = icmpErrors.filter((error) => error.from === from).map(countedKind);
    return `${senderName(from, target.address)} answers: ${kinds.join(', ')}`;
  });
  return `UDP does not work: ${answers.join('; ')}.`;
}

function countedKind(error: IcmpErrorCount): string {
  return `${error.count} ${icmpErrorKind(error)}`;
}

function senderName(from: string | null, target: string): string {
  if (isFromTarget(from, target)) return escapeText(target);
  if (from !== null) return `${escapeText(from)}, not the target,`;
  return 'the target, a router or this host (the system does not say which)';
}

/** Where the sender is not known, nobody but this host answers for loopback. */
function isFromTarget(from: string | null, target: string): boolean {
  if (from === null) return isLoopback(target);
  return isSameAddress(from, target);
}
