// SPDX-License-Identifier: MIT
// Says why nothing was received in time.

import type { ProtocolName } from '../protocols/probe-protocol.ts';
import { PROTOCOL_WORDS } from '../protocols/protocol-words.ts';
import { countOf, formatCount } from '../../quantities.ts';
import type { Measured } from '../session/session-result.ts';
import { alterationCause } from './alterations.ts';

export function allLate({ datagrams: { late, sent } }: Measured): string {
  return `Every reply arrived after the timeout (${formatCount(late)} of ${formatCount(sent)}): use a longer timeout.`;
}

export function altered(measured: Measured): string {
  const { datagrams } = measured;
  const cause = alterationCause(measured);
  if (cause !== undefined)
    return `UDP works, but no reply is a valid ${PROTOCOL_WORDS[measured.target.protocol]} reply. ${cause}`;
  const replies = countOf(datagrams.corrupted, 'reply', 'replies');
  return `UDP works, but ${replies} came back altered and none intact: something on the path changed them, or the server speaks another protocol.`;
}

export function strays({ datagrams }: Measured): string {
  return `UDP works, but nothing received answers a probe (${countOf(datagrams.stray, 'datagram')}): the server speaks another protocol, or another program sends here.`;
}

/** Nothing arrived. Names the possible causes other than that UDP does not work, and how to find out. */
export function silence({ datagrams, target, config }: Measured): string {
  const probes = countOf(datagrams.sent, 'probe');
  const isLong = mayBeTooLong(target.address, config.payloadBytes);
  const silent = SILENT[target.protocol];
  if (!isLong && silent === undefined) return `UDP does not work: no reply to ${probes}.`;
  const causes = [
    ...(isLong ? ['the path drops packets this long'] : []),
    ...(silent === undefined ? [] : [`${silent} and ignores the probes`]),
  ];
  const tellBy = [
    ...(isLong ? ['--size 64'] : []),
    ...(silent === undefined ? [] : ['--protocol echo against an echo port']),
  ];
  const size = isLong ? ` of ${formatCount(config.payloadBytes)} bytes` : '';
  return `No reply to ${probes}${size}: UDP does not work, or ${causes.join(', or ')}; to find out, measure with ${tellBy.join(', or ')}.`;
}

/**
 * Why the other end may be silent: a STAMP reflector must not report why it rejects a packet (RFC 8762 section 4.4).
 */
const SILENT: Readonly<Record<ProtocolName, string | undefined>> = {
  echo: undefined,
  stamp: 'the STAMP reflector uses another key or mode, or does not know the session,',
  'udp-echo-plus': 'the server speaks another protocol',
};

/**
 * True for packets that some paths do not carry and may drop silently (RFC 2923 section 2.1). Every path carries 576
 * octets of IPv4 (RFC 791 section 3.1) and 1280 of IPv6 (RFC 8200 section 5).
 */
function mayBeTooLong(address: string, payloadBytes: number): boolean {
  return address.includes(':') ? payloadBytes + 48 > 1280 : payloadBytes + 28 > 576;
}

/** Follows the replies that it is about. */
export const FAILED_HMAC =
  'failed HMAC verification: the other end uses another key or none, or something on the path changes them';

/** The parts of a result that tell whether the other end speaks our protocol. */
export type Dialect = Pick<Measured, 'reflector' | 'alterations'> & {
  readonly target: Pick<Measured['target'], 'port' | 'protocol'>;
};

/** What arrived in place of replies, if it tells why there were none. */
export function otherDialect(measured: Dialect): string | undefined {
  if (isWrongProtocol(measured)) return wrongProtocol(measured);
  return isWrongKey(measured) ? wrongKey(measured) : undefined;
}

export function isWrongProtocol({ reflector, alterations }: Dialect): boolean {
  return (reflector !== null && reflector.unaltered > 0) || alterations.udpEchoPlus > 0;
}

export function isWrongKey({ reflector }: Dialect): boolean {
  return reflector !== null && reflector.unauthenticated > 0;
}

/** Our own packets came back, perhaps filled in: UDP works, and the protocol was the wrong one. */
export function wrongProtocol(measured: Dialect): string {
  const { reflector, target, alterations } = measured;
  if (alterations.udpEchoPlus > 0) return alterationCause(measured)!;
  return `Port ${target.port} is a plain echo server: ${formatCount(reflector!.unaltered)} of our packets came back unchanged, so it does not speak ${PROTOCOL_WORDS[target.protocol]}; measure with --protocol echo.`;
}

export function wrongKey({ reflector }: Dialect): string {
  const replies = countOf(reflector!.unauthenticated, 'reply', 'replies');
  return `UDP works, but ${replies} ${FAILED_HMAC}.`;
}
