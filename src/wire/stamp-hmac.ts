// SPDX-License-Identifier: MIT
// Authenticates STAMP packets: HMAC-SHA-256, truncated to 128 bits, over the packet (RFC 8762 section 4.4) and over its
// TLVs (RFC 8972 section 4.8). Pure except for its key, which it never exposes.
//
//    packet   octets 0–95 → octets 96–111
//    TLVs     sequence number (octets 0–3), then every octet of the TLVs before the HMAC TLV → its value

import { timingSafeEqual } from 'node:crypto';
import { HmacSha256 } from './hmac-sha256.ts';
import { TLV_HEADER_BYTES } from './stamp-tlv.ts';

/** Offset of a packet's HMAC, which covers everything before it. */
const HMAC_OFFSET = 96;

const HMAC_BYTES = 16;

const SEQUENCE_BYTES = 4;

export class StampKey {
  readonly #hmac: HmacSha256;
  readonly #digest = new Uint8Array(HMAC_BYTES);
  readonly #found = new Uint8Array(HMAC_BYTES);

  /** @param octets  the key, of 16 octets or more: RFC 2104 section 3 discourages keys shorter than the HMAC */
  constructor(octets: Uint8Array) {
    this.#hmac = new HmacSha256(octets);
  }

  /** Writes the HMAC of the authenticated packet that starts at `at`. */
  signPacket(bytes: Uint8Array, at: number): void {
    this.#digestPacket(bytes, at);
    bytes.set(this.#digest, at + HMAC_OFFSET);
  }

  /** True if the HMAC of the authenticated packet that starts at `at` is right. */
  verifiesPacket(bytes: Uint8Array, at: number): boolean {
    this.#digestPacket(bytes, at);
    return this.#isAt(bytes, at + HMAC_OFFSET);
  }

  /**
   * Writes the value of the HMAC TLV at `hmacAt`, over the TLVs from `tlvsAt` on.
   *
   * @param at  where the packet starts
   */
  signTlvs(bytes: Uint8Array, at: number, tlvsAt: number, hmacAt: number): void {
    this.#digestTlvs(bytes, at, tlvsAt, hmacAt);
    bytes.set(this.#digest, hmacAt + TLV_HEADER_BYTES);
  }

  /** True if the value of the HMAC TLV at `hmacAt` is right. */
  verifiesTlvs(bytes: Uint8Array, at: number, tlvsAt: number, hmacAt: number): boolean {
    this.#digestTlvs(bytes, at, tlvsAt, hmacAt);
    return this.#isAt(bytes, hmacAt + TLV_HEADER_BYTES);
  }

  #digestPacket(bytes: Uint8Array, at: number): void {
    this.#hmac.begin();
    this.#hmac.add(bytes, at, at + HMAC_OFFSET);
    this.#hmac.end(this.#digest);
  }

  #digestTlvs(bytes: Uint8Array, at: number, tlvsAt: number, hmacAt: number): void {
    this.#hmac.begin();
    this.#hmac.add(bytes, at, at + SEQUENCE_BYTES);
    this.#hmac.add(bytes, tlvsAt, hmacAt);
    this.#hmac.end(this.#digest);
  }

  /** Takes the same time whatever the octets are, so that an attacker learns nothing from it. */
  #isAt(bytes: Uint8Array, at: number): boolean {
    for (let octet = 0; octet < HMAC_BYTES; octet++) this.#found[octet] = bytes[at + octet]!;
    return timingSafeEqual(this.#found, this.#digest);
  }
}
