// SPDX-License-Identifier: MIT
// Summarizes what a relay did, in three lines for people.

import { countOf, formatCount } from '../quantities.ts';
import type { RelayCounters, RelayDirectionCounters } from '../relay/relay-counters.ts';
import { totalOf } from '../server/counters.ts';
import { reasons } from './server-summary.ts';

/**
 * ```text
 * forward: received 100 datagrams (6,400 bytes): 91 forwarded, 0 refused, 0 not sent, impaired on request (lost 9)
 * backward: received 91 datagrams (5,824 bytes): 91 forwarded, 0 refused, 0 not sent
 * clients: 1 in all, 0 expired, 0 displaced
 * ```
 */
export function relaySummary(counters: RelayCounters): readonly string[] {
  return [
    `forward: ${direction(counters.forward)}`,
    `backward: ${direction(counters.backward)}`,
    `clients: ${clients(counters)}`,
  ];
}

function direction(counters: RelayDirectionCounters): string {
  const { receivedDatagrams, receivedBytes, forwardedDatagrams, heldDatagrams } = counters;
  const parts = [
    `${formatCount(forwardedDatagrams)} forwarded`,
    `${formatCount(totalOf(counters.refused))} refused${reasons(counters.refused)}`,
    `${formatCount(totalOf(counters.sendFailed))} not sent${reasons(counters.sendFailed)}`,
  ];
  const impaired = reasons(counters.impaired);
  if (impaired !== '') parts.push(`impaired on request${impaired}`);
  if (heldDatagrams > 0) parts.push(`${formatCount(heldDatagrams)} held back now`);
  const received = `${countOf(receivedDatagrams, 'datagram')} (${countOf(receivedBytes, 'byte')})`;
  return `received ${received}: ${parts.join(', ')}`;
}

function clients({ sources, icmpErrors, receiveErrors }: RelayCounters): string {
  const parts = [
    `${formatCount(sources.opened)} in all`,
    `${formatCount(sources.expired)} expired`,
    `${formatCount(sources.displaced)} displaced`,
  ];
  const errors = totalOf(icmpErrors);
  if (errors > 0) parts.push(`${countOf(errors, 'ICMP error')}${reasons(icmpErrors)}`);
  if (receiveErrors > 0) parts.push(countOf(receiveErrors, 'receive error'));
  return parts.join(', ');
}
