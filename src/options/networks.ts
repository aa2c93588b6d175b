// SPDX-License-Identifier: MIT
// The kind of option for lists of networks (RFC 4632).

import { isIPv4 } from 'node:net';
import { MAPPED_BITS, MAPPED_PREFIX, parseAddress } from '../socket/ip-address.ts';
import { wrongText, type Kind } from './kind.ts';

/** Networks; a flag may be repeated, or take several at once. */
export const NETWORKS: Kind<readonly string[]> = {
  rule: 'a list of IP addresses or networks, such as 192.0.2.0/24',
  accepts: (value): value is string[] => Array.isArray(value) && value.every(isCidr),
  text: {
    read(name, text, previous = []) {
      const networks = text.split(',');
      const wrong = networks.find((network) => !isCidr(network));
      if (wrong === undefined) return [...previous, ...networks];
      const remedy = 'write 192.0.2.0/24 or 2001:db8::/32';
      throw wrongText(name, 'IP addresses or networks', wrong, remedy);
    },
    write: (networks) => networks.join(','),
  },
};

/** True for an IP address, or one with a prefix length: `192.0.2.0/24`, `2001:db8::/32`. */
export function isCidr(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  const [address = '', prefix, ...rest] = text.split('/');
  if (rest.length > 0 || address.includes('%') || parseAddress(address) === undefined) return false;
  if (prefix === undefined) return true;
  const mostBits = isIPv4(address) ? 32 : 128;
  if (!/^(?:0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > mostBits) return false;
  // A mapped IPv4 network has a prefix of at least 96; less would mean all of `::/8`.
  return isIPv4(address) || !isMapped(address) || Number(prefix) >= MAPPED_BITS;
}

function isMapped(address: string): boolean {
  const [first, second, third] = parseAddress(address)!;
  return first === 0 && second === 0 && third === MAPPED_PREFIX;
}
