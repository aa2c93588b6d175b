// SPDX-License-Identifier: MIT
// The option for the local address, and optionally port, to send from.

import { isIPv4 } from 'node:net';
import { parseHostPort } from '../host-port.ts';
import { parseAddress, type SocketAddress } from '../socket/ip-address.ts';
import { wrongText, type Kind } from './kind.ts';
import { option } from './option.ts';

const RULE = 'ADDRESS[:PORT] with an IP address of this host and a port from 0 to 65535';

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
      help: 'local address, and optionally port, to send from',
    },
  ],
});

/** Linux allows 15 octets (IFNAMSIZ, netdevice(7)), Windows whole phrases. */
const INTERFACE_NAME = /^[^\p{C}/]{1,64}$/u;

const INTERFACE_RULE = 'the name of a network interface of this host';

const INTERFACE_KIND: Kind<string> = {
  rule: INTERFACE_RULE,
  accepts: (value): value is string => typeof value === 'string' && INTERFACE_NAME.test(value),
  text: {
    read(name, text) {
      if (INTERFACE_NAME.test(text)) return text;
      throw wrongText(name, INTERFACE_RULE, text);
    },
    write: String,
  },
};

export const INTERFACE = option(INTERFACE_KIND, {
  flags: [
    {
      syntax: '--interface <name>',
      help: 'network interface to send from; see below',
      conflicts: ['--bind'],
    },
  ],
});

/** Parses an address and port; port 0 lets the system choose. `undefined` if the text is neither form. */
export function readBindAddress(text: string): SocketAddress | undefined {
  const { host = '', port = 0 } = parseHostPort(text) ?? {};
  return isForMany(host) || parseAddress(host) === undefined ? undefined : { address: host, port };
}

/** Multicast (RFC 5771, RFC 4291 section 2.7) and limited broadcast: no single host owns such an address. */
function isForMany(address: string): boolean {
  if (!isIPv4(address)) return /^ff/i.test(address);
  const first = Number.parseInt(address, 10);
  return (first >= 224 && first < 240) || address === '255.255.255.255';
}
