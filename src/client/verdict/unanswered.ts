// SPDX-License-Identifier: MIT
// Why nothing was received in time, in words.

import type { ProtocolName } from '../protocols/probe-protocol.ts';
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
  return `UDP works, but ${replies} came back altered, and no other: something on the path changed them, or the server speaks another protocol.`;
}

export function strays({ datagrams }: Measured): string {
  return `UDP works, but what came (${countOf(datagrams.stray, 'datagram')}) answers no probe: the server speaks another protocol, or another program sends here.`;
}

/** Nothing came. What else than that UDP does not work may have made it so is named, and what tells. */
export function silence({ datagrams, target, config }: Measured): string {
  const probes = countOf(datagrams.sent, 'probe');
  const isLong = mayBeTooLong(target.address, config.payloadBytes);
  const silent = SILENT[target.protocol];
  if (!isLong && silent === undefined) return `UDP does not work: no reply to ${probes}.`;
  const causes = [
    ...(isLong ? ['the path takes none that long'] : []),
    ...(silent === undefined ? [] : [`${silent}, and is silent`]),
  ];
  const tellBy = [
    ...(isLong ? ['--size 64'] : []),
    ...(silent === undefined ? [] : ['--protocol echo against an echo port']),
  ];
  const size = isLong ? ` of ${config.payloadBytes} bytes` : '';
  return `No reply to ${probes}${size}: UDP does not work, or ${causes.join(', or ')}; measure with ${tellBy.join(', or ')} to tell.`;
}

/** A STAMP reflector must not say what it does not like (RFC 8762 section 4.4). */
const SILENT: Readonly<Record<ProtocolName, string | undefined>> = {
  echo: undefined,
  stamp: 'the STAMP reflector has another key, the other mode or no such session',
  'udp-echo-plus': 'what listens there speaks another protocol',
};

/**
 * True for packets that not every path takes, and a path need not say so (RFC 2923 section 2.1). All take 576 octets of
 * IPv4 (RFC 791 section 3.1) and 1280 of IPv6 (RFC 8200 section 5).
 */
function mayBeTooLong(address: string, payloadBytes: number): boolean {
  return address.includes(':') ? payloadBytes + 48 > 1280 : payloadBytes + 28 > 576;
}

/** Our own packets came back, perhaps filled in: UDP works, and the protocol was the wrong one. */
export function wrongProtocol(measured: Measured): string {
  const { reflector, target, alterations } = measured;
  if (alterations.udpEchoPlus > 0) return alterationCause(measured)!;
  const back = countOf(reflector!.unaltered, 'packet');
  return `Port ${target.port} is a plain echo: ${back} of ours came back unaltered, which does not answer ${protocolName(target)}; measure with --protocol echo.`;
}

export function wrongKey({ reflector }: Measured): string {
  const replies = countOf(reflector!.unauthenticated, 'reply', 'replies');
  return `UDP works, but ${replies} failed the HMAC: the other end has another key, or sends none, or something on the path changes them.`;
}

function protocolName({ protocol }: Measured['target']): string {
  if (protocol === 'echo') return 'an echo';
  return protocol === 'stamp' ? 'STAMP' : 'UDPEchoPlus';
}
