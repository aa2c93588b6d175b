// SPDX-License-Identifier: MIT
// Describes an ICMP error and its sender in words: by type and code, or, if the system reports neither, by what its
// errno proves.

import type { IcmpError } from './icmp-error-table.ts';
import { escapeText } from '../../printable.ts';

const PROHIBITED = 'administratively prohibited';
const TOO_BIG = 'too big for the path';
const TIME_EXCEEDED = 'time exceeded';
const PARAMETER_PROBLEM = 'parameter problem';
const PORT_UNREACHABLE = 'port unreachable';
const REASSEMBLY = 'fragment reassembly time exceeded';

/** "type/code", or "type" for all its codes. RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1. */
const ICMP: Readonly<Record<string, string>> = {
  '3/0': 'network unreachable',
  '3/1': 'host unreachable',
  '3/2': 'protocol unreachable',
  '3/3': PORT_UNREACHABLE,
  '3/4': TOO_BIG,
  '3/5': 'source route failed',
  '3/6': 'network unknown',
  '3/7': 'host unknown',
  '3/8': 'source host isolated',
  '3/9': `network ${PROHIBITED}`,
  '3/10': `host ${PROHIBITED}`,
  '3/11': 'network unreachable for this type of service',
  '3/12': 'host unreachable for this type of service',
  '3/13': PROHIBITED,
  '3/14': 'host precedence violation',
  '3/15': 'precedence cutoff in effect',
  '11/0': TIME_EXCEEDED,
  '11/1': REASSEMBLY,
  '12': PARAMETER_PROBLEM,
};

/** RFC 4443; 1/7 is from RFC 6550 section 20.18, 1/8 from RFC 8883. */
const ICMPV6: Readonly<Record<string, string>> = {
  '1/0': 'no route to destination',
  '1/1': PROHIBITED,
  '1/2': 'beyond scope of source address',
  '1/3': 'address unreachable',
  '1/4': PORT_UNREACHABLE,
  '1/5': `${PROHIBITED}: source address policy`,
  '1/6': `${PROHIBITED}: reject route`,
  '1/7': 'error in source routing header',
  '1/8': 'headers too long',
  '2': TOO_BIG,
  '3/0': TIME_EXCEEDED,
  '3/1': REASSEMBLY,
  '4': PARAMETER_PROBLEM,
};

/** icmp_err_convert of Linux's net/ipv4/icmp.c and tab_unreach of its net/ipv6/icmp.c: several codes share most. */
const ERRNO: Readonly<Record<string, string>> = {
  ECONNREFUSED: PORT_UNREACHABLE,
  EHOSTUNREACH: 'host unreachable or prohibited, or time exceeded',
  ENETUNREACH: 'network unreachable or prohibited',
  EACCES: PROHIBITED,
  EMSGSIZE: TOO_BIG,
  ENOPROTOOPT: 'protocol unreachable',
  EOPNOTSUPP: 'source route failed',
  // Its other name on Linux, which Node uses.
  ENOTSUP: 'source route failed',
  EHOSTDOWN: 'host unknown',
  ENONET: 'source host isolated',
  EPROTO: 'parameter problem, or error in source routing header',
};

/** `port unreachable`; type and code, or the system's name, if there are no words for it. */
export function icmpErrorWords({ systemCode, from, icmpType, icmpCode }: IcmpError): string {
  // The meaning of a type depends on the IP version, which the sender's address shows.
  if (from === null || icmpType === null || icmpCode === null) {
    return systemCodeWords(systemCode);
  }
  const words = from.includes(':') ? ICMPV6 : ICMP;
  return (
    words[`${icmpType}/${icmpCode}`] ?? words[`${icmpType}`] ?? `type ${icmpType} code ${icmpCode}`
  );
}

/** What the system's name alone proves about an ICMP error. */
export function systemCodeWords(systemCode: string): string {
  return ERRNO[systemCode] ?? systemCode;
}

const REMARK: Readonly<Record<string, string>> = {
  [TIME_EXCEEDED]: ' (TTL too small, or a routing loop)',
  [TOO_BIG]: ' (shorter probes may pass: --size)',
};

/** `ICMP "port unreachable"`. */
export function icmpErrorKind(error: IcmpError): string {
  const words = icmpErrorWords(error);
  return `ICMP "${words}"${REMARK[words] ?? ''}`;
}

/** True for the error that a host sends if nothing listens, or that a firewall fakes. */
export function isPortUnreachable(error: IcmpError): boolean {
  return icmpErrorWords(error) === PORT_UNREACHABLE;
}

/** `ICMP "port unreachable" from 192.0.2.7`; without the sender if the engine does not know it. */
export function icmpErrorText(error: IcmpError): string {
  const sender = error.from === null ? '' : ` from ${escapeText(error.from)}`;
  return `${icmpErrorKind(error)}${sender}`;
}
