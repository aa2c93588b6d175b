// SPDX-License-Identifier: MIT
// Summarizes what a server did, in one line for people.

import { totalOf, type ServerCounters } from '../server/counters.ts';
import { countOf, formatCount } from '../quantities.ts';

/** `received 3 datagrams (126 bytes): 2 answered, 1 refused (own-port 1), 0 not sent`. */
export function serverSummary(counters: ServerCounters): string {
  const { receivedDatagrams, receivedBytes, receiveErrors, fragmentedDatagrams } = counters;
  const parts = [
    answered(counters),
    `${formatCount(totalOf(counters.refused))} refused${reasons(counters.refused)}`,
    `${formatCount(totalOf(counters.sendFailed))} not sent${reasons(counters.sendFailed)}`,
  ];
  if (receiveErrors > 0) parts.push(countOf(receiveErrors, 'receive error'));
  const impaired = reasons(counters.impaired);
  if (impaired !== '') parts.push(`impaired on request${impaired}`);
  parts.push(...dropped(counters));
  if (fragmentedDatagrams !== null && fragmentedDatagrams > 0) {
    parts.push(`${formatCount(fragmentedDatagrams)} arrived in fragments`);
  }
  const received = `${countOf(receivedDatagrams, 'datagram')} (${countOf(receivedBytes, 'byte')})`;
  return `received ${received}: ${parts.join(', ')}`;
}

/** If replies were duplicated on purpose, some left twice, and which ones is not counted. */
function answered({ sentDatagrams, impaired }: ServerCounters): string {
  if (impaired.duplicated === 0) return `${formatCount(sentDatagrams)} answered`;
  return countOf(sentDatagrams, 'reply sent', 'replies sent');
}

/** Drops by the kernel, which are not included in the received datagrams. */
function dropped({ kernelDrops }: ServerCounters): readonly string[] {
  if (kernelDrops === null) return [];
  const { receiveBuffer, checksum, bufferOrChecksum } = kernelDrops;
  const causes = [
    [receiveBuffer, 'receive buffer'],
    [checksum, 'wrong UDP checksum'],
    [bufferOrChecksum, 'buffer or checksum'],
  ] as const;
  const named = causes.filter(([count]) => count > 0);
  return named.map(([count, cause]) => `${formatCount(count)} more dropped by this host: ${cause}`);
}

/** ` (own-port 1, port-zero 2)`: the counts that are not zero; empty if all are zero. */
export function reasons(counts: Readonly<Record<string, number>>): string {
  const named = Object.entries(counts).filter(([, count]) => count > 0);
  if (named.length === 0) return '';
  return ` (${named.map(([reason, count]) => `${reason} ${formatCount(count)}`).join(', ')})`;
}
