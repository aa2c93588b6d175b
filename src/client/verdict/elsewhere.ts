// SPDX-License-Identifier: MIT
// Describes datagrams from senders other than the target: a server that replies from another address, or a NAT.

import { escapeText } from '../../printable.ts';
import { countOf } from '../../quantities.ts';
import type { Measured } from '../session/session-result.ts';

/** Maximum senders to name. */
const NAMED_SENDERS = 2;

type Counts = Pick<Measured, 'elsewhere' | 'target'>;

/** True if datagrams came from elsewhere, and make up at least half of the strays. */
export function comesFromElsewhere({ elsewhere, datagrams }: Measured): boolean {
  return (
    elsewhere !== null && elsewhere.datagrams > 0 && 2 * elsewhere.datagrams >= datagrams.stray
  );
}

/** The headline if nothing came from the target. */
export function fromElsewhere(measured: Measured): string {
  const { elsewhere, datagrams } = measured;
  const counts = `${countOf(elsewhere!.datagrams, 'datagram')} to ${countOf(datagrams.sent, 'probe')}`;
  return `Replies come from elsewhere: from ${whence(measured)} (${counts}). The server replies from another address or port, a NAT rewrites it, or another program sends here.`;
}

/** A sentence about datagrams that also came from elsewhere; `undefined` if none did. */
export function othersToo(measured: Measured): string | undefined {
  const { elsewhere } = measured;
  if (elsewhere === null || elsewhere.datagrams === 0) return undefined;
  const came = countOf(elsewhere.datagrams, 'datagram');
  return `${came} came from ${whence(measured)}: the server may also reply from another address or port.`;
}

/**
 * A sentence about datagrams that no socket of this host accepted, if there is no better evidence of replies from
 * elsewhere. They may belong to any program.
 */
export function untaken({ elsewhere, noPorts, datagrams }: Measured): string | undefined {
  if (elsewhere !== null || noPorts === null || noPorts === 0) return undefined;
  if (datagrams.received > 0 || datagrams.icmpErrors > 0) return undefined;
  const came = countOf(noPorts, 'datagram');
  return `Meanwhile no socket of this host accepted ${came} (the port was closed, or not open to that sender): replies from another address or port may be among them.`;
}

/** `10.0.0.9 port 7, not from 10.0.0.1 port 7`, the most frequent first. */
function whence({ elsewhere, target }: Counts): string {
  const { senders } = elsewhere!;
  const sorted = [...senders].sort((a, b) => b.datagrams - a.datagrams);
  const named = sorted.slice(0, NAMED_SENDERS).map(inWords).join(' and ');
  const others = senders.length > NAMED_SENDERS ? ' and others' : '';
  return `${named}${others}, not ${inWords(target)}`;
}

function inWords({ address, port }: { address: string; port: number }): string {
  return `${escapeText(address)} port ${port}`;
}
