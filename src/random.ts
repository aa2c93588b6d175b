// SPDX-License-Identifier: MIT
// A random number generator that gives the same numbers for the same seed on every system, and a function that mixes
// bits.

/**
 * xoshiro128** 1.1 (Blackman and Vigna, public domain), seeded through SplitMix32 so that near
 * seeds give unrelated sequences. Not for secrets.
 */
export class Random {
  readonly #state = new Uint32Array(4);

  /** @param seed  a whole number; its low 32 bits count */
  constructor(seed: number) {
    let mixed = seed | 0;
    for (let word = 0; word < 4; word++) {
      mixed = (mixed + 0x9e37_79b9) | 0;
      let value = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
      value = Math.imul(value ^ (value >>> 15), 0x735a_2d97);
      this.#state[word] = value ^ (value >>> 15);
    }
  }

  /** The next number, at least 0 and below 1, one of 2^32 equally likely values. */
  next(): number {
    return this.nextWord() / 2 ** 32;
  }

  /** The next whole number, at least 0 and below 2^32. */
  nextWord(): number {
    return advance(this.#state);
  }
}

/** One step of xoshiro128**: changes the four words of the state and returns the next number. */
export function advance(state: Uint32Array): number {
  const [a, b, c, d] = [state[0]!, state[1]!, state[2]!, state[3]!];
  const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
  state[2] = c ^ a;
  state[3] = d ^ b;
  state[1] = b ^ state[2];
  state[0] = a ^ state[3];
  state[2] = state[2] ^ (b << 9);
  state[3] = rotateLeft(state[3], 11);
  return result;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** A 32-bit finaliser (MurmurHash3's): every input bit reaches every output bit. */
export function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}
