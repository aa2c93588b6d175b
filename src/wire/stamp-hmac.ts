// SPDX-License-Identifier: MIT
// What authenticates STAMP packets: HMAC-SHA-256, cut to 128 bits, over the packet (RFC 8762 section
// 4.4) and over its TLVs (RFC 8972 section 4.8). Pure but for its key, which it never gives out.
//
//    packet   octets 0–95 → octets 96–111
//    TLVs     sequence number (octets 0–3), then every octet of the TLVs before the HMAC TLV → its value

import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { TLV_HEADER_BYTES } from './stamp-tlv.ts';

/** Where the HMAC of a packet lies; what is before it is covered. */
const HMAC_OFFSET = 96;

const HMAC_BYTES = 16;

const SEQUENCE_BYTES = 4;

export class StampKey {
  readonly #key: KeyObject;

  /** @param octets  the key as it is, of 16 octets or more: RFC 2104 section 3 discourages less than the HMAC's own length */
  constructor(octets: Uint8Array) {
    this.#key = createSecretKey(octets);
  }

  /** Writes the HMAC of the authenticated packet that starts at `at`. */
  signPacket(bytes: Uint8Array, at: number): void {
    bytes.set(this.#ofPacket(bytes, at), at + HMAC_OFFSET);
  }

  /** True where the HMAC of the authenticated packet that starts at `at` is right. */
  verifiesPacket(bytes: Uint8Array, at: number): boolean {
    return isAt(bytes, at + HMAC_OFFSET, this.#ofPacket(bytes, at));
  }

  /**
   * Writes the value of the HMAC TLV at `hmacAt`, over the TLVs from `tlvsAt` on.
   *
   * @param at  where the packet starts
   */
  signTlvs(bytes: Uint8Array, at: number, tlvsAt: number, hmacAt: number): void {
    bytes.set(this.#ofTlvs(bytes, at, tlvsAt, hmacAt), hmacAt + TLV_HEADER_BYTES);
  }

  /** True where the value of the HMAC TLV at `hmacAt` is right. */
  verifiesTlvs(bytes: Uint8Array, at: number, tlvsAt: number, hmacAt: number): boolean {
    const digest = this.#ofTlvs(bytes, at, tlvsAt, hmacAt);
    return isAt(bytes, hmacAt + TLV_HEADER_BYTES, digest);
  }

  #ofPacket(bytes: Uint8Array, at: number): Uint8Array {
    const covered = bytes.subarray(at, at + HMAC_OFFSET);
    return createHmac('sha256', this.#key).update(covered).digest().subarray(0, HMAC_BYTES);
  }

  #ofTlvs(bytes: Uint8Array, at: number, tlvsAt: number, hmacAt: number): Uint8Array {
    return createHmac('sha256', this.#key)
      .update(bytes.subarray(at, at + SEQUENCE_BYTES))
      .update(bytes.subarray(tlvsAt, hmacAt))
      .digest()
      .subarray(0, HMAC_BYTES);
  }
}

/** Takes as long whatever the octets are, so that a forger learns nothing from the time. */
function isAt(bytes: Uint8Array, at: number, digest: Uint8Array): boolean {
  return timingSafeEqual(bytes.subarray(at, at + HMAC_BYTES), digest);
}
