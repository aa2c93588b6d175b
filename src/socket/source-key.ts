// SPDX-License-Identifier: MIT
// Defines what counts as one source: an IPv4 address, or an IPv6 /56. A customer commonly gets a /56 (RFC 6177,
// RIPE-690), so changing addresses within it gains nothing.

import { MAPPED_PREFIX } from './ip-address.ts';

/** The first half of the key of the source at `words[at … at + 3]`. */
export function sourceHigh(words: Uint32Array, at: number): number {
  return isIPv4(words, at) ? MAPPED_PREFIX : words[at]!;
}

/** The second half. */
export function sourceLow(words: Uint32Array, at: number): number {
  return isIPv4(words, at) ? words[at + 3]! : (words[at + 1]! & 0xffff_ff00) >>> 0;
}

function isIPv4(words: Uint32Array, at: number): boolean {
  return words[at] === 0 && words[at + 1] === 0 && words[at + 2] === MAPPED_PREFIX;
}
