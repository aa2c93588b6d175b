// SPDX-License-Identifier: MIT
// XXH32, as specified in https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md. Every octet counts, and with four
// lanes it costs a third of a byte-wise hash.

const PRIME_1 = 0x9e37_79b1;
const PRIME_2 = 0x85eb_ca77;
const PRIME_3 = 0xc2b2_ae3d;
const PRIME_4 = 0x27d4_eb2f;
const PRIME_5 = 0x1656_67b1;

/** Octets per round: a word for each lane. */
const STRIPE_BYTES = 16;

/** The hash of octets `from … to − 1` of a view, as a signed word. */
export function xxHash32(view: DataView, from: number, to: number, seed: number): number {
  const bytes = to - from;
  const stripesEnd = from + bytes - (bytes % STRIPE_BYTES);
  let hash = bytes < STRIPE_BYTES ? seed + PRIME_5 : hashStripes(view, from, stripesEnd, seed);
  hash = (hash + bytes) | 0;
  let at = stripesEnd;
  for (; at + 4 <= to; at += 4) {
    hash = (hash + Math.imul(view.getInt32(at, true), PRIME_3)) | 0;
    hash = Math.imul(rotateLeft(hash, 17), PRIME_4);
  }
  for (; at < to; at++) {
    hash = (hash + Math.imul(view.getUint8(at), PRIME_5)) | 0;
    hash = Math.imul(rotateLeft(hash, 11), PRIME_1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return hash ^ (hash >>> 16);
}

function hashStripes(view: DataView, from: number, end: number, seed: number): number {
  let one = (seed + PRIME_1 + PRIME_2) | 0;
  let two = (seed + PRIME_2) | 0;
  let three = seed | 0;
  let four = (seed - PRIME_1) | 0;
  for (let at = from; at < end; at += STRIPE_BYTES) {
    one = round(one, view.getInt32(at, true));
    two = round(two, view.getInt32(at + 4, true));
    three = round(three, view.getInt32(at + 8, true));
    four = round(four, view.getInt32(at + 12, true));
  }
  return rotateLeft(one, 1) + rotateLeft(two, 7) + rotateLeft(three, 12) + rotateLeft(four, 18);
}

function round(lane: number, word: number): number {
  return Math.imul(rotateLeft((lane + Math.imul(word, PRIME_2)) | 0, 13), PRIME_1);
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
