// SPDX-License-Identifier: MIT
// Says who sent ICMP errors: only one from the target itself proves that the target is up.

import { escapeText } from '../../printable.ts';
import { countOf, formatCount } from '../../quantities.ts';
import { isLoopback, isSameAddress } from '../../socket/ip-address.ts';
import { serveCommand } from '../serve-command.ts';
import { isPortUnreachable, icmpErrorKind } from '../session/icmp-error-kind.ts';
import type { IcmpErrorCount } from '../session/icmp-error-table.ts';
import type { Measured } from '../session/session-result.ts';

/** The parts of a result that tell who sent ICMP errors. */
export interface IcmpEvidence {
  readonly datagrams: Pick<Measured['datagrams'], 'icmpErrors'>;
  readonly icmpErrors: Measured['icmpErrors'];
  readonly target: Pick<Measured['target'], 'host' | 'address' | 'port' | 'protocol'>;
}

/** The parts that also tell how to start a server there. */
interface Unanswered extends IcmpEvidence {
  readonly datagrams: Pick<Measured['datagrams'], 'icmpErrors' | 'received' | 'late'>;
  readonly config: Pick<Measured['config'], 'isAuthenticated'>;
}

/** True if every ICMP error says that nothing listens on the port, and comes from the target itself. */
export function isClosedPort({ datagrams, icmpErrors, target }: IcmpEvidence): boolean {
  if (datagrams.icmpErrors === 0 || !icmpErrors.every(isPortUnreachable)) return false;
  return icmpErrors.every(({ from }) => isFromTarget(from, target.address));
}

export function nothingListens({ datagrams, target }: IcmpEvidence): string {
  const errors = countOf(
    datagrams.icmpErrors,
    'ICMP "port unreachable"',
    'ICMP "port unreachable"',
  );
  return `UDP does not work: ${escapeText(target.address)} is up, but nothing listens on port ${target.port}, or its firewall rejects the probes (${errors}).`;
}

/** What to do about a port that is closed, or may be closed if the sender of the errors is unknown. */
export function startServer(measured: Unanswered): string | undefined {
  const { datagrams, target, config } = measured;
  if (datagrams.received + datagrams.late > 0 || !mayBeClosedPort(measured)) return undefined;
  const { host, address, port, protocol } = target;
  const { isAuthenticated } = config;
  const command = serveCommand({ host, addresses: [address], port, protocol, isAuthenticated });
  if (isLoopback(address)) return `Start a server, such as \`${command}\`.`;
  return `Start a server on ${escapeText(address)}, such as \`${command}\`, or let UDP port ${port} through its firewall.`;
}

function mayBeClosedPort({ datagrams, icmpErrors, target }: IcmpEvidence): boolean {
  if (datagrams.icmpErrors === 0 || !icmpErrors.every(isPortUnreachable)) return false;
  return icmpErrors.every(({ from }) => from === null || isFromTarget(from, target.address));
}

/** `UDP does not work: 10.9.1.1, not the target, answers: 4 ICMP "port unreachable".` */
export function icmpErrorSenders({ icmpErrors, target }: IcmpEvidence): string {
  const senders = [...new Set(icmpErrors.map(({ from }) => from))];
  const answers = senders.map((from) => {
    const kinds = icmpErrors.filter((error) => error.from === from).map(countedKind);
    return `${senderName(from, target.address)} answers: ${kinds.join(', ')}`;
  });
  return `UDP does not work: ${answers.join('; ')}.`;
}

function countedKind(error: IcmpErrorCount): string {
  return `${formatCount(error.count)} ${icmpErrorKind(error)}`;
}

function senderName(from: string | null, target: string): string {
  if (isFromTarget(from, target)) return escapeText(target);
  if (from !== null) return `${escapeText(from)} (not the target)`;
  return 'the target, a router or this host (the system does not say which)';
}

/** If the sender is unknown: for a loopback target it can only be this host. */
function isFromTarget(from: string | null, target: string): boolean {
  if (from === null) return isLoopback(target);
  return isSameAddress(from, target);
}
