// SPDX-License-Identifier: MIT
// Parses and formats a host and a port as one text: HOST[:PORT], with an IPv6 address in brackets before a port.

import { isIPv6 } from 'node:net';

/** The parts of `HOST[:PORT]`. */
export interface HostPort {
  /** A name or an address, without brackets. */
  readonly host: string;
  /** From 0 to 65535; `undefined` if the text has none. */
  readonly port: number | undefined;
}

const MAX_PORT = 65_535;

const BRACKETED = /^\[([^[\]]+)\](?::(\d{1,5}))?$/;

const PLAIN = /^([^:[\]]+)(?::(\d{1,5}))?$/;

/** Node takes 4 ms to compile the expression of its first `isIPv6`. */
const TWO_COLONS = /:.*:/;

/** Not a host name, whose last label is never numeric (RFC 1123 section 2.1); as an address it would be 0.0.x.y. */
const NUMBER = /^\d+$/;

/**
 * Reads `host`, `host:7000`, `192.0.2.7:7000`, `2001:db8::7`, `[2001:db8::7]:7000` or `[fe80::7%eth0]:7000`. An IPv6
 * address without brackets has no port.
 *
 * @returns `undefined` if the text has another form; whether the host is a valid name is not checked
 */
export function parseHostPort(text: string): HostPort | undefined {
  if (isIPv6Address(text)) return { host: text, port: undefined };
  const bracketed = BRACKETED.exec(text);
  const [, host, digits] = bracketed ?? PLAIN.exec(text) ?? [];
  if (host === undefined || NUMBER.test(host)) return undefined;
  if (bracketed !== null && !isIPv6Address(host)) return undefined;
  const port = digits === undefined ? undefined : Number(digits);
  return port !== undefined && port > MAX_PORT ? undefined : { host, port };
}

/** `192.0.2.7:7000`; an IPv6 address in brackets (RFC 3986 section 3.2.2). */
export function formatHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** With its zone, if it has one: the name or number of an interface. Linux allows no colon in a name. */
function isIPv6Address(text: string): boolean {
  const [, address = ''] = /^([^%]+)(?:%[^:[\]]+)?$/.exec(text) ?? [];
  return TWO_COLONS.test(address) && isIPv6(address);
}
