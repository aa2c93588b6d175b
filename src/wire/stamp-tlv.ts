// SPDX-License-Identifier: MIT
// What may follow a STAMP packet: TLVs (RFC 8972 section 4). Pure: bytes in, records out.
//
//    octet  0       1       2               4
//           +-------+-------+---------------+----------------
//           | flags | type  | length        | value …          the length is that of the value
//           +-------+-------+---------------+----------------
//
//    flags, from the highest bit: U unrecognised, M malformed, I integrity check failed; the rest is zero.
//
// Values, from octet 4:
//    3 Timestamp Information   clock in, method in, clock out, method out: one octet each
//    4 Class of Service        DSCP1 (6 bits), DSCP2 (6), ECN (2), RP (2); two octets zero
//    5 Direct Measurement      three 32-bit counts: sender sent, reflector received, reflector sent
//    7 Follow-Up Telemetry     sequence number (32 bits), timestamp (64), method (8), three octets zero
//    8 HMAC                    16 octets; see stamp-hmac.ts

export const TLV_HEADER_BYTES = 4;

export const TLV_FLAG = { unrecognised: 0x80, malformed: 0x40, integrity: 0x20 } as const;

/** Types that this package knows (RFC 8972 section 5.1); the others are unrecognised. */
export const TLV_TYPE = {
  extraPadding: 1,
  timestampInformation: 3,
  classOfService: 4,
  directMeasurement: 5,
  followUpTelemetry: 7,
  hmac: 8,
} as const;

/** Fields of a Class of Service TLV. */
export interface ClassOfService {
  /** Requested for the reply. */
  readonly dscp1: number;
  /** The DSCP of the received request. */
  readonly dscp2: number;
  readonly ecn: number;
  /** 1 if the reflector refused DSCP1 and replied with the received DSCP. */
  readonly rp: number;
}

/** Encodes consecutive TLVs of a sender, each with the U flag that a sender must set (RFC 8972 section 4). */
export function encodeTlvs(
  tlvs: readonly { readonly type: number; readonly value: Uint8Array }[],
): Uint8Array {
  const length = tlvs.reduce((sum, { value }) => sum + TLV_HEADER_BYTES + value.length, 0);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { type, value } of tlvs) {
    view.setUint8(at, TLV_FLAG.unrecognised);
    view.setUint8(at + 1, type);
    view.setUint16(at + 2, value.length);
    bytes.set(value, at + TLV_HEADER_BYTES);
    at += TLV_HEADER_BYTES + value.length;
  }
  return bytes;
}

/** The end of the TLV at `at`; `undefined` if it would exceed `end`. */
export function tlvEnd(view: DataView, at: number, end: number): number | undefined {
  if (at + TLV_HEADER_BYTES > end) return undefined;
  const next = at + TLV_HEADER_BYTES + view.getUint16(at + 2);
  return next > end ? undefined : next;
}

/** True if a value of that type may have `length` octets; always true for unknown types. */
export function isTlvLength(type: number, length: number): boolean {
  switch (type) {
    case TLV_TYPE.timestampInformation:
      // Sub-TLVs may follow.
      return length >= 4;
    case TLV_TYPE.classOfService:
      return length === 4;
    case TLV_TYPE.directMeasurement:
      return length === 12;
    case TLV_TYPE.followUpTelemetry:
    case TLV_TYPE.hmac:
      return length === 16;
    default:
      return true;
  }
}

/** The first two octets of a Class of Service value. */
export function encodeClassOfService({ dscp1, dscp2, ecn, rp }: ClassOfService): number {
  return (dscp1 << 10) | (dscp2 << 4) | (ecn << 2) | rp;
}
