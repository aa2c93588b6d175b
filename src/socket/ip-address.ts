// SPDX-License-Identifier: MIT
// Converts IP addresses between text and four 32-bit words in network order (IPv4 mapped, RFC 4291 §2.5.5.2).

import { isIPv4, isIPv6 } from 'node:net';

/** One end of a UDP exchange. IPv6 link-local addresses carry their zone: `fe80::1%eth0`. */
export interface SocketAddress {
  readonly address: string;
  readonly port: number;
}

/** The third word of an IPv4-mapped address. */
export const MAPPED_PREFIX = 0xffff;

/** IPv4 networks are in ::ffff:0:0/96. */
export const MAPPED_BITS = 96;

/**
 * Writes the address into `words[at … at + 3]` without allocating for IPv4.
 *
 * @param text  an address as the system prints it, including its zone; not validated further
 */
export function writeAddressWords(text: string, words: Uint32Array, at: number): void {
  words[at] = 0;
  words[at + 1] = 0;
  if (!text.includes(':')) {
    words[at + 2] = MAPPED_PREFIX;
    words[at + 3] = parseIPv4Word(text);
    return;
  }
  writeIPv6Words(text, words, at);
}

/** Returns the address as four words, or `undefined` if the text is not an IP address. */
export function parseAddress(text: string): Uint32Array | undefined {
  if (!isIPv4(text) && !isIPv6(withoutZone(text))) return undefined;
  const words = new Uint32Array(4);
  writeAddressWords(text, words, 0);
  return words;
}

/** True for an address that only this host reaches, in any notation: 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  const words = parseAddress(address);
  const canonical = words === undefined ? address : formatAddressWords(words);
  return canonical.startsWith('127.') || canonical === '::1';
}

/** True for an address that only hosts on the same link reach: fe80::/10 (RFC 4291) and 169.254.0.0/16 (RFC 3927). */
export function isLinkLocal(address: string): boolean {
  const words = parseAddress(address);
  if (words === undefined) return false;
  if (address.includes(':')) return words[0]! >>> 22 === 0xfe80 >>> 6;
  return words[3]! >>> 16 === 0xa9fe;
}

/** True if both texts mean the same address; the zone of a link-local address is ignored. */
export function isSameAddress(one: string, other: string): boolean {
  const words = parseAddress(one)?.join();
  return words !== undefined && words === parseAddress(other)?.join();
}

/** One text for each address and port, in whatever notation the address is given. */
export function socketAddressKey({ address, port }: SocketAddress): string {
  const [, zone = ''] = address.split('%');
  return `${formatAddressWords(parseAddress(address)!)}%${zone} ${port}`;
}

/** Prints the address at `words[at … at + 3]`; mapped ones as IPv4, IPv6 per RFC 5952. */
export function formatAddressWords(words: Uint32Array, at = 0): string {
  const last = words[at + 3]!;
  if (words[at] === 0 && words[at + 1] === 0 && words[at + 2] === MAPPED_PREFIX) {
    return `${last >>> 24}.${(last >>> 16) & 255}.${(last >>> 8) & 255}.${last & 255}`;
  }
  const groups: string[] = [];
  for (let word = at; word < at + 4; word++) {
    groups.push((words[word]! >>> 16).toString(16), (words[word]! & 0xffff).toString(16));
  }
  return compressGroups(groups);
}

function parseIPv4Word(text: string): number {
  let word = 0;
  let octet = 0;
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit >= 0) octet = octet * 10 + digit;
    else {
      // A dot.
      word = (word << 8) | octet;
      octet = 0;
    }
  }
  return ((word << 8) | octet) >>> 0;
}

function writeIPv6Words(text: string, words: Uint32Array, at: number): void {
  const [head = '', tail] = withoutZone(text).split('::');
  const front = parseGroups(head);
  const back = parseGroups(tail ?? '');
  const groups = [
    ...front,
    ...Array<number>(Math.max(0, 8 - front.length - back.length)).fill(0),
    ...back,
  ];
  for (let word = 0; word < 4; word++) {
    words[at + word] = ((groups[word * 2] ?? 0) << 16) | (groups[word * 2 + 1] ?? 0);
  }
}

function withoutZone(text: string): string {
  const zone = text.indexOf('%');
  return zone === -1 ? text : text.slice(0, zone);
}

function parseGroups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const word = parseIPv4Word(group);
    return [word >>> 16, word & 0xffff];
  });
}

// RFC 5952 §4.2: the longest run of two or more zero groups becomes `::`, the first of equals.
function compressGroups(groups: readonly string[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
    start += length;
  }
  if (best.start === -1) return groups.join(':');
  const head = groups.slice(0, best.start).join(':');
  const tail = groups.slice(best.start + best.length).join(':');
  return `${head}::${tail}`;
}
