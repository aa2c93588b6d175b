// SPDX-License-Identifier: MIT
// Lists of networks (RFC 4632), compiled to masks, so that matching compares words and parses nothing.

import { isIPv4 } from 'node:net';
import { MAPPED_BITS, MAPPED_PREFIX, parseAddress } from './ip-address.ts';

/** Words of one rule: four for the mask, then four for the network. */
const RULE_WORDS = 8;

export class CidrList {
  readonly size: number;
  /**
   * Separate by IP version: `::/0` means every IPv6 address but no IPv4 one, although IPv4 addresses are mapped into it
   * here.
   */
  readonly #ipv4Rules: Uint32Array;
  readonly #ipv6Rules: Uint32Array;

  /** @param networks  addresses or networks that `isCidr` accepts, of either IP version */
  constructor(networks: readonly string[]) {
    const rules = networks.map(compile);
    this.size = rules.length;
    this.#ipv4Rules = Uint32Array.from(rules.filter(isIPv4Rule).flat());
    this.#ipv6Rules = Uint32Array.from(rules.filter((rule) => !isIPv4Rule(rule)).flat());
  }

  /** True if the address at `words[at … at + 3]` lies in one of the networks. */
  matches(words: Uint32Array, at: number): boolean {
    const isMapped = words[at] === 0 && words[at + 1] === 0 && words[at + 2] === MAPPED_PREFIX;
    const rules = isMapped ? this.#ipv4Rules : this.#ipv6Rules;
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

function compile(network: string): number[] {
  const [address = '', prefix] = network.split('/');
  const words = parseAddress(address);
  if (words === undefined) throw new TypeError(`${network} is not a network`);
  const ownBits = prefix === undefined ? addressBits(address) : Number(prefix);
  const maskBits = isIPv4(address) ? MAPPED_BITS + ownBits : ownBits;
  const masks = Array.from({ length: 4 }, (_, word) => {
    const bits = Math.min(32, Math.max(0, maskBits - word * 32));
    // A shift by 32 is a shift by 0 in JavaScript.
    return bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0;
  });
  return [...masks, ...masks.map((mask, word) => (words[word]! & mask) >>> 0)];
}

/** True if every address of the network is an IPv4 one. */
function isIPv4Rule(rule: readonly number[]): boolean {
  return rule[2] === 0xffff_ffff && rule[4] === 0 && rule[5] === 0 && rule[6] === MAPPED_PREFIX;
}

function addressBits(address: string): 32 | 128 {
  return isIPv4(address) ? 32 : 128;
}
