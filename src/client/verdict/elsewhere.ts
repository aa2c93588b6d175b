// SPDX-License-Identifier: MIT
// What came from others than who was asked, in words: a server that answers from another address, or a NAT.

import { escapeText } from '../../printable.ts';
import { countOf } from '../../quantities.ts';
import type { Measured } from '../session/session-result.ts';

/** So many senders are named. */
const NAMED_SENDERS = 2;

type Counts = Pick<Measured, 'elsewhere' | 'target'>;

/** True where what came, came from elsewhere, most of it. */
export function comesFromElsewhere({ elsewhere, datagrams }: Measured): boolean {
  return (
    elsewhere !== null && elsewhere.datagrams > 0 && 2 * elsewhere.datagrams >= datagrams.stray
  );
}

/** A headline where nothing came from who was asked. */
export function fromElsewhere(measured: Measured): string {
  const { elsewhere, datagrams } = measured;
  const counts = `${countOf(elsewhere!.datagrams, 'datagram')} to ${countOf(datagrams.sent, 'probe')}`;
  return `Replies come from elsewhere: from ${whence(measured)} that was asked (${counts}). The server answers from another address or port, a NAT changes it, or another program sends here.`;
}

/** A sentence on what came from elsewhere beside; `undefined` where nothing did. */
export function othersToo(measured: Measured): string | undefined {
  const { elsewhere } = measured;
  if (elsewhere === null || elsewhere.datagrams === 0) return undefined;
  const came = countOf(elsewhere.datagrams, 'datagram');
  return `${came} came from ${whence(measured)} that was asked: the server may answer from another address or port too.`;
}

/**
 * A sentence on datagrams to this host that nobody took, where nothing else tells of replies from elsewhere: they are
 * anybody's.
 */
export function untaken({ elsewhere, noPorts, datagrams }: Measured): string | undefined {
  if (elsewhere !== null || noPorts === null || noPorts === 0) return undefined;
  if (datagrams.received > 0 || datagrams.icmpErrors > 0) return undefined;
  const came = countOf(noPorts, 'datagram');
  return `Meanwhile ${came} came to this host at ports where nobody listens, or not to their sender: replies from another address or port may be among them.`;
}

/** `10.0.0.9 port 7, not from 10.0.0.1 port 7`, the most frequent first. */
function whence({ elsewhere, target }: Counts): string {
  const { senders } = elsewhere!;
  const sorted = [...senders].sort((a, b) => b.datagrams - a.datagrams);
  const named = sorted.slice(0, NAMED_SENDERS).map(inWords).join(' and ');
  const others = senders.length > NAMED_SENDERS ? ' and others' : '';
  return `${named}${others}, not from ${inWords(target)}`;
}

function inWords({ address, port }: { address: string; port: number }): string {
  return `${escapeText(address)} port ${port}`;
}
