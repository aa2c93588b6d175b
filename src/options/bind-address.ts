// SPDX-License-Identifier: MIT
// The option to send from an address of this host, with a port where that matters.

import { isIPv4 } from 'node:net';
import { parseAddress, type SocketAddress } from '../socket/ip-address.ts';
import { wrongText, type Kind } from './kind.ts';
import { option } from './option.ts';

const TEXT = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/;

const RULE =
  'an IP address of this host, with a source port after a colon unless the system may choose it';

/** `192.0.2.7`, `192.0.2.7:5000`, `2001:db8::7` or `[2001:db8::7]:5000`. */
const BIND_ADDRESS: Kind<string> = {
  rule: RULE,
  accepts: (value): value is string =>
    typeof value === 'string' && readBindAddress(value) !== undefined,
  text: {
    read(name, text) {
      if (readBindAddress(text) !== undefined) return text;
      throw wrongText(name, RULE, text, 'write 192.0.2.7, 192.0.2.7:5000 or [2001:db8::7]:5000');
    },
    write: String,
  },
};

export const BIND = option(BIND_ADDRESS, {
  flags: [
    {
      syntax: '--bind <address[:port]>',
      help: 'send from this address of this host, and from this port',
    },
  ],
});

/** The address and port of a text; a port of 0 is the system's choice. `undefined` where it is none. */
export function readBindAddress(text: string): SocketAddress | undefined {
  const isBareIPv6 = text.split(':').length > 2 && !text.startsWith('[');
  const [, bracketed, plain = '', digits = '0'] = isBareIPv6
    ? [text, text]
    : (TEXT.exec(text) ?? []);
  const address = bracketed ?? plain;
  const port = Number(digits);
  if (port > 65_535 || isForMany(address) || parseAddress(address) === undefined) return undefined;
  return { address, port };
}

/** Multicast (RFC 5771, RFC 4291 section 2.7) and limited broadcast: no host has such an address alone. */
function isForMany(address: string): boolean {
  if (!isIPv4(address)) return /^ff/i.test(address);
  const first = Number.parseInt(address, 10);
  return (first >= 224 && first < 240) || address === '255.255.255.255';
}
