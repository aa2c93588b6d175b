// SPDX-License-Identifier: MIT
// What this host did not send, and why, in words.

import { countOf } from '../../quantities.ts';
import type { Measured } from '../session/session-result.ts';

/** Why Linux, and mostly others, refuse a datagram: see send(2), ip(7) and udp(7). */
const REASON: Readonly<Record<string, string>> = {
  EPERM: "this host's firewall, or its full connection tracking table",
  EACCES: 'a route or a firewall of this host prohibits it',
  ENETUNREACH: 'this host has no route',
  EHOSTUNREACH: 'this host has no route to it, or no neighbour answers',
  ENETDOWN: 'the network interface is down',
  ENODEV: 'the network interface is gone',
  EADDRNOTAVAIL: 'the address of this host is gone',
  ENOBUFS: "the queue of this host's network interface is full",
  EAGAIN: "this host's send buffer is full",
  EMSGSIZE: 'larger than the path takes',
};

/** `3 EPERM`, the most frequent first; with what that means where it is known. */
export function sendFailureText(failures: Measured['sendFailures']): string {
  return Object.entries(failures)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `${count} ${code}${code in REASON ? `: ${REASON[code]!}` : ''}`)
    .join('; ');
}

/** Lost probes that this host's own queue dropped, where the system tells of no probe in particular. */
function queueDrops({ datagrams, hostDrops }: Measured): number {
  return Math.min(datagrams.lost, hostDrops.sendQueue ?? 0);
}

/** Probes that did not leave this host, as far as it can know. */
export function unsentOf(measured: Measured): number {
  return measured.datagrams.sendFailed + queueDrops(measured);
}

/** A sentence on the probes that did not leave this host; `undefined` where all did. */
export function unsent(measured: Measured): string | undefined {
  const { datagrams, sendFailures } = measured;
  const count = unsentOf(measured);
  if (count === 0) return undefined;
  const dropped = queueDrops(measured);
  const reasons = [
    sendFailureText(sendFailures),
    dropped === 0 ? '' : `${dropped} counted as lost: ${REASON['ENOBUFS']!}`,
  ].filter((reason) => reason !== '');
  return `This host did not send ${count} of ${countOf(datagrams.sent + datagrams.sendFailed, 'probe')} (${reasons.join('; ')}).`;
}

/** A sentence on the slots that were left out; `undefined` where none was. */
export function skipped({ schedule }: Measured): string | undefined {
  if (schedule.skipped === 0) return undefined;
  const probes = countOf(schedule.skipped, 'probe');
  return `${probes} more ${schedule.skipped === 1 ? 'was' : 'were'} never sent because this host was late; that is no loss.`;
}

/** A sentence on the probes that were not waited for; `undefined` where all were. */
export function leftOut({ endedBy }: Measured): string | undefined {
  if (endedBy.leftOut === undefined) return undefined;
  const [were, are] = endedBy.leftOut === 1 ? ['was', 'is'] : ['were', 'are'];
  return `${countOf(endedBy.leftOut, 'probe')} ${were} not waited for to the end, and ${are} in no count.`;
}
