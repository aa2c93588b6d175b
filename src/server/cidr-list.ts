// SPDX-License-Identifier: MIT
// Lists of networks (RFC 4632), compiled to masks: matching compares words and parses nothing.

import { isIPv4 } from 'node:net';
import { parseAddress } from '../socket/ip-address.ts';

/** Words of one rule: four of the mask, then four of the network. */
const RULE_WORDS = 8;

/** IPv4 networks live in ::ffff:0:0/96. */
const MAPPED_BITS = 96;

export class CidrList {
  readonly size: number;
  readonly #rules: Uint32Array;

  /** @param networks  addresses or networks that `isCidr` accepts, of either IP version */
  constructor(networks: readonly string[]) {
    this.size = networks.length;
    this.#rules = new Uint32Array(networks.length * RULE_WORDS);
    networks.forEach((network, index) => {
      const rule = this.#rules.subarray(index * RULE_WORDS, (index + 1) * RULE_WORDS);
      compile(network, rule);
    });
  }

  /** True where the address at `words[at … at + 3]` lies in one of the networks. */
  matches(words: Uint32Array, at: number): boolean {
    const rules = this.#rules;
    for (let rule = 0; rule < rules.length; rule += RULE_WORDS) {
      let word = 0;
      while (
        word < 4 &&
        (words[at + word]! & rules[rule + word]!) >>> 0 === rules[rule + 4 + word]!
      ) {
        word++;
      }
      if (word === 4) return true;
    }
    return false;
  }
}

/** True for an IP address, or one with a prefix length: `192.0.2.0/24`, `2001:db8::/32`. */
export function isCidr(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  if (rest.length > 0 || address.includes('%') || parseAddress(address) === undefined) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= addressBits(address);
}

function compile(network: string, rule: Uint32Array): void {
  const [address = '', prefix] = network.split('/');
  const words = parseAddress(address);
  if (words === undefined) throw new TypeError(`${network} is no network`);
  const ownBits = prefix === undefined ? addressBits(address) : Number(prefix);
  const maskBits = isIPv4(address) ? MAPPED_BITS + ownBits : ownBits;
  for (let word = 0; word < 4; word++) {
    const bits = Math.min(32, Math.max(0, maskBits - word * 32));
    // A shift by 32 is a shift by 0 in JavaScript.
    const mask = bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0;
    rule[word] = mask;
    rule[4 + word] = words[word]! & mask;
  }
}

function addressBits(address: string): 32 | 128 {
  return isIPv4(address) ? 32 : 128;
}
