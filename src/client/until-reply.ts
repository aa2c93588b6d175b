// SPDX-License-Identifier: MIT
// Keeps waiting for a reply after an ICMP error, which is only a hint: the reply may still arrive (RFC 1122 section
// 3.2.2.1). node:dgram does not report the sender of an error.

import { systemCodeOf } from '../errors.ts';
import { isLoopback } from '../socket/ip-address.ts';
import type { ConnectedSocket, ReceivedDatagram } from '../socket/portable/connected-socket.ts';
import { isIcmpCode } from '../socket/portable/patient-sender.ts';
import type { HostAddress } from '../socket/resolve.ts';
import { monotonicNs } from '../time.ts';

/**
 * "Port unreachable", and "fragmentation needed" or "packet too big", after which the system fragments what it sends:
 * most likely no reply will arrive.
 */
const SOON_OVER: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EMSGSIZE']);

/** The sender of the error is unknown, so a reply may still arrive. */
const PATIENCE_MS = 250;

/**
 * Waits for a datagram. Errors after which no reply is likely end the wait soon, and on loopback, where they come from
 * this host itself, at once.
 *
 * @returns the last ICMP error if no reply arrived, `undefined` if nothing did
 */
export async function untilReply(
  socket: ConnectedSocket,
  peer: HostAddress,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<ReceivedDatagram | Error | undefined> {
  let hint: Error | undefined;
  let endNs = monotonicNs() + timeoutMs * 1e6;
  for (;;) {
    const leftMs = Math.max(0, (endNs - monotonicNs()) / 1e6);
    const arrival = await socket.receive(leftMs, signal).catch(asHint);
    if (!(arrival instanceof Error)) return arrival ?? hint;
    hint = arrival;
    endNs = Math.min(endNs, monotonicNs() + patienceMs(arrival, peer) * 1e6);
    if (endNs <= monotonicNs()) return hint;
  }
}

/** @throws any error but an ICMP error */
function asHint(error: unknown): Error {
  if (!(error instanceof Error) || !isIcmpCode(systemCodeOf(error))) throw error;
  return error;
}

/** How long a reply may still come after an ICMP error, whatever the timeout. */
function patienceMs(error: Error, { address }: HostAddress): number {
  if (!SOON_OVER.has(systemCodeOf(error))) return Infinity;
  return isLoopback(address) ? 0 : PATIENCE_MS;
}
