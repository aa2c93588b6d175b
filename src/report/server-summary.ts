// SPDX-License-Identifier: MIT
// What a server did, in one line for people.

import { totalOf, type ServerCounters } from '../server/counters.ts';
import { countOf } from '../quantities.ts';

/** `received 3 datagrams (126 bytes): 2 answered, 1 refused (own-port 1), 0 not sent`. */
export function serverSummary(counters: ServerCounters): string {
  const { receivedDatagrams, receivedBytes, receiveErrors } = counters;
  const parts = [
    answered(counters),
    `${totalOf(counters.refused)} refused${reasons(counters.refused)}`,
    `${totalOf(counters.sendFailed)} not sent${reasons(counters.sendFailed)}`,
  ];
  if (receiveErrors > 0) parts.push(countOf(receiveErrors, 'receive error'));
  const impaired = reasons(counters.impaired);
  if (impaired !== '') parts.push(`impaired on request${impaired}`);
  parts.push(...dropped(counters));
  const received = `${countOf(receivedDatagrams, 'datagram')} (${countOf(receivedBytes, 'byte')})`;
  return `received ${received}: ${parts.join(', ')}`;
}

/** Of those that were duplicated on request some left twice, and which did nobody has counted. */
function answered({ sentDatagrams, impaired }: ServerCounters): string {
  if (impaired.duplicated === 0) return `${sentDatagrams} answered`;
  return countOf(sentDatagrams, 'reply sent', 'replies sent');
}

/** They are not among those received. */
function dropped({ kernelDrops }: ServerCounters): readonly string[] {
  if (kernelDrops === null) return [];
  const { receiveBuffer, checksum, bufferOrChecksum } = kernelDrops;
  const causes = [
    [receiveBuffer, 'receive buffer'],
    [checksum, 'wrong UDP checksum'],
    [bufferOrChecksum, 'buffer or checksum'],
  ] as const;
  const named = causes.filter(([count]) => count > 0);
  return named.map(([count, cause]) => `${count} more dropped by this host: ${cause}`);
}

function reasons(counts: Readonly<Record<string, number>>): string {
  const named = Object.entries(counts).filter(([, count]) => count > 0);
  if (named.length === 0) return '';
  return ` (${named.map(([reason, count]) => `${reason} ${count}`).join(', ')})`;
}
