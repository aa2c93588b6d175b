// SPDX-License-Identifier: MIT
// Why nothing was received in time, in words.

import { countOf } from '../../quantities.ts';
import type { Measured } from '../session/session-result.ts';
import { alterationCause } from './alterations.ts';

export function allLate({ datagrams: { late, sent } }: Measured): string {
  return `Every reply came after the timeout (${late} of ${sent}): wait longer.`;
}

export function altered(measured: Measured): string {
  const { datagrams } = measured;
  const cause = alterationCause(measured);
  if (cause !== undefined)
    return `UDP works, but no reply is one of ${protocolName(measured.target)}. ${cause}`;
  const replies = countOf(datagrams.corrupted, 'reply', 'replies');
  return `UDP works, but ${replies} came back altered, and no other: something on the path changes them, or the server speaks another protocol.`;
}

export function strays({ datagrams }: Measured): string {
  return `UDP works, but what came (${countOf(datagrams.stray, 'datagram')}) answers no probe: the server speaks another protocol, or another program sends here.`;
}

/** Nothing came. A STAMP reflector must not say what it does not like (RFC 8762 section 4.4). */
export function silence({ datagrams, target }: Measured): string {
  const probes = countOf(datagrams.sent, 'probe');
  if (target.protocol === 'echo') return `UDP does not work: no reply to ${probes}.`;
  const silent =
    target.protocol === 'stamp'
      ? 'the STAMP reflector has another key, the other mode or no such session'
      : 'what listens there speaks another protocol';
  return `No reply to ${probes}: UDP does not work, or ${silent}, and is silent; measure with --protocol echo against an echo port to tell.`;
}

/** Our own packets came back, perhaps filled in: UDP works, and the protocol was the wrong one. */
export function wrongProtocol(measured: Measured): string {
  const { reflector, target, alterations } = measured;
  if (alterations.udpEchoPlus > 0) return alterationCause(measured)!;
  const back = countOf(reflector!.unaltered, 'packet');
  return `Port ${target.port} is a plain echo: ${back} of ours came back unaltered, which is no answer in ${protocolName(target)}; measure with --protocol echo.`;
}

export function wrongKey({ reflector }: Measured): string {
  const replies = countOf(reflector!.unauthenticated, 'reply', 'replies');
  return `UDP works, but ${replies} failed the HMAC: the other end has another key, or sends none.`;
}

function protocolName({ protocol }: Measured['target']): string {
  if (protocol === 'echo') return 'an echo';
  return protocol === 'stamp' ? 'STAMP' : 'UDPEchoPlus';
}
