// SPDX-License-Identifier: MIT
// Waits for a reply past ICMP errors, which are hints: a router may send one, and the reply come (RFC 1122 section
// 3.2.2.1). Who sent it, node:dgram does not tell.

import { systemCodeOf } from '../errors.ts';
import { isLoopback } from '../socket/ip-address.ts';
import type { ConnectedSocket, ReceivedDatagram } from '../socket/portable/connected-socket.ts';
import { isIcmpCode } from '../socket/portable/patient-sender.ts';
import type { HostAddress } from '../socket/resolve.ts';
import { monotonicNs } from '../time.ts';

/**
 * "Port unreachable", and "fragmentation needed" or "packet too big", after which the system splits what it sends:
 * most likely no reply will come.
 */
const SOON_OVER: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EMSGSIZE']);

/** The sender is not known, and one may come all the same. */
const PATIENCE_MS = 250;

/**
 * Waits for a datagram. Errors after which none is likely end the waiting soon, and on loopback, where they are this
 * host's own word, at once.
 *
 * @returns the last ICMP error where no reply came, `undefined` where nothing did
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
