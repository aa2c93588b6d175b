// SPDX-License-Identifier: MIT
// HMAC-SHA-256 (RFC 2104) of packets, with the SHA-256 of node:crypto.
//
// createHmac of node:crypto creates an object with a finalizer for each digest. Two one-shot hashes create two short
// strings and take half the time: docs/performance.md has the figures.

import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;

/** More than any UDP payload. */
const LONGEST_TEXT_BYTES = 65_536;

const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

export class HmacSha256 {
  /** K ⊕ ipad, followed by the text. */
  readonly #inner = new Uint8Array(BLOCK_BYTES + LONGEST_TEXT_BYTES);
  /** K ⊕ opad, followed by the inner digest. */
  readonly #outer = new Uint8Array(BLOCK_BYTES + DIGEST_BYTES);
  #innerBytes = BLOCK_BYTES;

  /** @param key  of any length; one that is longer than a block is hashed first (RFC 2104 section 2) */
  constructor(key: Uint8Array) {
    const short = key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key;
    for (let at = 0; at < BLOCK_BYTES; at++) {
      this.#inner[at] = (short[at] ?? 0) ^ INNER_PAD;
      this.#outer[at] = (short[at] ?? 0) ^ OUTER_PAD;
    }
  }

  /** Begins a text, of at most 65,536 octets. */
  begin(): void {
    this.#innerBytes = BLOCK_BYTES;
  }

  /** Adds octets `from` to before `to` to the text. */
  add(bytes: Uint8Array, from: number, to: number): void {
    const inner = this.#inner;
    let end = this.#innerBytes;
    for (let at = from; at < to; at++) inner[end++] = bytes[at]!;
    this.#innerBytes = end;
  }

  /** Ends the text and writes the first octets of its digest, as many as `digest` holds. */
  end(digest: Uint8Array): void {
    const text = this.#inner.subarray(0, this.#innerBytes);
    writeDigest(text, this.#outer, BLOCK_BYTES, DIGEST_BYTES);
    writeDigest(this.#outer, digest, 0, Math.min(digest.length, DIGEST_BYTES));
  }
}

/** Writes the first `count` octets of the SHA-256 of `text` into `bytes`, from `start` on. */
function writeDigest(text: Uint8Array, bytes: Uint8Array, start: number, count: number): void {
  // One character per octet: it costs less than a Buffer.
  const octets = hash('sha256', text, 'binary');
  for (let at = 0; at < count; at++) bytes[start + at] = octets.charCodeAt(at);
}
