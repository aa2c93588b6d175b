// SPDX-License-Identifier: MIT
// Describes what this host did not send, and why.

import { countOf, formatCount } from '../../quantities.ts';
import type { Measured } from '../session/session-result.ts';

/** Why Linux, and mostly other systems too, refuse a datagram: see send(2), ip(7) and udp(7). */
const REASON: Readonly<Record<string, string>> = {
  EPERM: "this host's firewall, or its full connection tracking table",
  EACCES: 'a route or a firewall of this host prohibits it',
  ENETUNREACH: 'this host has no route to the target',
  EHOSTUNREACH: 'this host has no route to the target, or no neighbour answers',
  ENETDOWN: 'the network interface is down',
  ENODEV: 'the network interface is gone',
  EADDRNOTAVAIL: "this host's address is gone",
  ENOBUFS: "the send queue of this host's network interface is full",
  EAGAIN: "this host's send buffer is full",
  EMSGSIZE: 'too large for the path',
};

/** `3 EPERM`, the most frequent first, with its meaning if that is known. */
export function sendFailureText(failures: Measured['sendFailures']): string {
  return Object.entries(failures)
    .sort(([, a], [, b]) => b - a)
    .map(
      ([code, count]) =>
        `${formatCount(count)} ${code}${code in REASON ? `: ${REASON[code]!}` : ''}`,
    )
    .join('; ');
}

/** Lost probes that this host's own queue dropped, if the system does not report which ones. */
function queueDrops({ datagrams, hostDrops }: Measured): number {
  return Math.min(datagrams.lost, hostDrops.sendQueue ?? 0);
}

/** Probes that did not leave this host, as far as it can know. */
export function unsentOf(measured: Measured): number {
  return measured.datagrams.sendFailed + queueDrops(measured);
}

/** A sentence about the probes that did not leave this host; `undefined` if all did. */
export function unsent(measured: Measured): string | undefined {
  const { datagrams, sendFailures } = measured;
  const count = unsentOf(measured);
  if (count === 0) return undefined;
  const dropped = queueDrops(measured);
  const reasons = [
    sendFailureText(sendFailures),
    dropped === 0 ? '' : `${formatCount(dropped)} counted as lost: ${REASON['ENOBUFS']!}`,
  ].filter((reason) => reason !== '');
  return `This host did not send ${formatCount(count)} of ${countOf(datagrams.sent + datagrams.sendFailed, 'probe')} (${reasons.join('; ')}).`;
}

/** A sentence about the skipped slots; `undefined` if there are none. */
export function skipped({ schedule }: Measured): string | undefined {
  if (schedule.skipped === 0) return undefined;
  const probes = countOf(schedule.skipped, 'more probe was', 'more probes were');
  return `${probes} never sent because this host was late, and not counted as lost.`;
}

/** A sentence about the probes that were not waited for; `undefined` if all were. */
export function leftOut({ endedBy }: Measured): string | undefined {
  if (endedBy.leftOut === undefined) return undefined;
  const probes = countOf(endedBy.leftOut, 'probe was', 'probes were');
  return `The run ended while ${probes} still waiting for a reply; they are not counted.`;
}
