// SPDX-License-Identifier: MIT
// What an ICMP error says and who sent it, in words.

import type { Refusal } from './refusal-table.ts';
import { escapeText } from '../printable.ts';

/** ICMP (RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1) and ICMPv6 (RFC 4443). */
const KIND: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'port unreachable',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  EACCES: 'administratively prohibited',
  EMSGSIZE: 'too big for the path',
  ENOPROTOOPT: 'protocol unreachable',
  EOPNOTSUPP: 'source route failed',
};

/** Type 11 is ICMP's "time exceeded", and 3 ICMPv6's; both come as EHOSTUNREACH. */
const TIME_EXCEEDED = 11;
const TIME_EXCEEDED_V6 = 3;

/** `ICMP "port unreachable"`; the system's name where there is no word for it. */
export function refusalKind(refusal: Refusal): string {
  if (isTimeExceeded(refusal)) return 'ICMP "time exceeded" (TTL too small, or a routing loop)';
  return `ICMP "${KIND[refusal.systemCode] ?? refusal.systemCode}"`;
}

/** ` from 192.0.2.7`; nothing where the engine does not know. */
export function senderOf({ from }: Refusal): string {
  return from === null ? '' : ` from ${escapeText(from)}`;
}

/** `ICMP "port unreachable" from 192.0.2.7`. */
export function refusalText(refusal: Refusal): string {
  return `${refusalKind(refusal)}${senderOf(refusal)}`;
}

function isTimeExceeded({ systemCode, from, icmpType }: Refusal): boolean {
  if (systemCode !== 'EHOSTUNREACH' || from === null) return false;
  return icmpType === (from.includes(':') ? TIME_EXCEEDED_V6 : TIME_EXCEEDED);
}
