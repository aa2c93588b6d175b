// SPDX-License-Identifier: MIT
// Makes packets that are nearly right: a good one, changed in a few places.

import { readFileSync } from 'node:fs';
import { Random } from '../../dist/random.js';

const VECTORS = JSON.parse(
  readFileSync(new URL('../../test/vectors/stamp.json', import.meta.url), 'utf8'),
);

/** Requests and replies of the vectors, a UDPEchoPlus packet, and nothing. */
const BASES = [
  ...[...VECTORS.requests, ...VECTORS.replies].map(({ hex }) => Buffer.from(hex, 'hex')),
  Buffer.from(`${'00'.repeat(3)}01${'00'.repeat(22)}`, 'hex'),
  Buffer.alloc(0),
];

const MOST_CHANGES = 6;

/** Octets that mean something where they stand for a flag, a type or a length. */
const TELLING = [0, 1, 2, 3, 4, 5, 7, 8, 12, 16, 20, 0x20, 0x40, 0x80, 0xff];

export class Mutator {
  #random;
  #target;

  /** @param target  whose `request` it writes to */
  constructor(seed, target) {
    this.#random = new Random(seed);
    this.#target = target;
  }

  /** Writes the next packet and returns its length. */
  next() {
    const { request } = this.#target;
    const base = BASES[this.#below(BASES.length)];
    base.copy(request);
    let length = base.length;
    const changes = this.#below(MOST_CHANGES + 1);
    for (let change = 0; change < changes; change++) length = this.#change(request, length);
    // Past the HMAC of the packet, or every other mutation would end there.
    if (this.#below(2) === 0) this.#target.sign(length);
    return length;
  }

  #change(request, length) {
    switch (this.#below(9)) {
      case 0:
      case 1:
        if (length > 0) request[this.#below(length)] ^= 1 << this.#below(8);
        return length;
      case 2:
      case 3:
        if (length > 0) request[this.#below(length)] = TELLING[this.#below(TELLING.length)];
        return length;
      case 4:
        return this.#below(length + 1);
      case 5:
      case 6:
        return this.#append(request, length, () => this.#below(256));
      default:
        return this.#append(request, length, () => TELLING[this.#below(TELLING.length)]);
    }
  }

  #append(request, length, octet) {
    const end = Math.min(request.length, length + 1 + this.#below(32));
    for (let at = length; at < end; at++) request[at] = octet();
    return end;
  }

  #below(limit) {
    return Math.floor(this.#random.next() * limit);
  }
}
