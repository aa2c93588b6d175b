// SPDX-License-Identifier: MIT
// The test packets of STAMP (RFC 8762, with the session identifier of RFC 8972), both ways. TWAMP-Light
// (RFC 5357 appendix I) is its unauthenticated mode, cut off at octet 14 and 41. Pure: bytes in, record
// out; no socket, no clock. What follows the packet is in stamp-tlv.ts, the HMAC in stamp-hmac.ts.
//
// Unauthenticated:                              Authenticated:
//    octet    Session-Sender  Session-Reflector    octet    Session-Sender  Session-Reflector
//           +----------------+---------------+           +----------------+---------------+
//         0 | sequence number, 32 bits       |         0 | sequence number, 32 bits       |
//         4 | T1             | T3            |         4 | zero, 12 octets                |
//        12 | Error Estimate, 16 bits        |        16 | T1             | T3            |
//        14 | SSID, 16 bits                  |        24 | Error Estimate, 16 bits        |
//           +----------------+---------------+        26 | SSID, 16 bits                  |
//        16 |                | T2            |        28 | zero           | zero, 4       |
//        24 |                | sequence of ← |        32 |                | T2            |
//        28 |                | T1 of ←       |        40 |                | zero, 8       |
//        36 | zero           | Error of ←    |        48 |                | sequence of ← |
//        38 |                | zero, 2       |        52 |                | zero, 12      |
//        40 |                | TTL of ←      |        64 |                | T1 of ←       |
//        41 |                | zero, 3       |        72 |                | Error of ←    |
//        44 +----------------+---------------+        74 |                | zero, 6       |
//           | TLVs, or padding               |        80 |                | TTL of ←      |
//                                                     81 |                | zero, 15      |
//                                                     96 | HMAC, 16 octets                |
//                                                    112 +----------------+---------------+
//                                                        | TLVs                           |

import {
  isErrorEstimate,
  readTimestamp,
  timestampFormat,
  writeTimestamp,
  type WallTime,
} from './timestamp.ts';

/** Both ends are configured with the mode; nothing on the wire shows it (RFC 8762 section 4). */
export type StampMode = 'unauthenticated' | 'authenticated';

/** Offsets of the fields of a packet, in octets from its start. */
export interface StampLayout {
  /** Length of a packet without TLVs, the same in both directions. */
  readonly bytes: number;
  /** Shortest request and reply that contain all their fields: TWAMP-Light's packets end earlier. */
  readonly requestMinBytes: number;
  readonly replyMinBytes: number;
  readonly timestamp: number;
  readonly errorEstimate: number;
  readonly ssid: number;
  readonly receiveTimestamp: number;
  readonly senderSequence: number;
  readonly senderTimestamp: number;
  readonly senderErrorEstimate: number;
  readonly senderTtl: number;
}

export const STAMP_LAYOUT: Readonly<Record<StampMode, StampLayout>> = {
  unauthenticated: {
    bytes: 44,
    requestMinBytes: 14,
    replyMinBytes: 41,
    timestamp: 4,
    errorEstimate: 12,
    ssid: 14,
    receiveTimestamp: 16,
    senderSequence: 24,
    senderTimestamp: 28,
    senderErrorEstimate: 36,
    senderTtl: 40,
  },
  authenticated: {
    bytes: 112,
    requestMinBytes: 112,
    replyMinBytes: 112,
    timestamp: 16,
    errorEstimate: 24,
    ssid: 26,
    receiveTimestamp: 32,
    senderSequence: 48,
    senderTimestamp: 64,
    senderErrorEstimate: 72,
    senderTtl: 80,
  },
};

/** A Session-Sender's packet. Reused by the caller, so that decoding allocates nothing. */
export interface StampRequest {
  sequence: number;
  /** T1, in the format that the Error Estimate's Z bit names. */
  readonly sentAt: WallTime;
  /** 16 bits; see timestamp.ts. */
  errorEstimate: number;
  /** 0 is none. */
  ssid: number;
}

/** A Session-Reflector's packet. Reused by the caller. */
export interface StampReply {
  sequence: number;
  /** T3. */
  readonly sentAt: WallTime;
  /** Of T2 and T3. */
  errorEstimate: number;
  ssid: number;
  /** T2. */
  readonly receivedAt: WallTime;
  senderSequence: number;
  /** T1 as the sender wrote it. */
  readonly senderSentAt: WallTime;
  senderErrorEstimate: number;
  /** TTL or hop limit with which the request arrived; 255 if the reflector can't know it. */
  senderTtl: number;
}

/** What a datagram is. Never an exception: the bytes are the peer's. */
export type StampVerdict =
  | 'intact'
  /** Too short to hold its fields. */
  | 'short'
  /** A zero Error Estimate, or nanoseconds of a second or more: the packet counts as corrupt. */
  | 'corrupted';

/** Writes a request at `at`; `fields.sentAt` is written in the format that `fields.errorEstimate` names. */
export function encodeStampRequest(
  view: DataView,
  at: number,
  mode: StampMode,
  fields: Readonly<StampRequest>,
): void {
  const layout = STAMP_LAYOUT[mode];
  clear(view, at, layout.bytes);
  view.setUint32(at, fields.sequence);
  const format = timestampFormat(fields.errorEstimate);
  writeTimestamp(view, at + layout.timestamp, format, fields.sentAt);
  view.setUint16(at + layout.errorEstimate, fields.errorEstimate);
  view.setUint16(at + layout.ssid, fields.ssid);
}

/** Reads a reply of `length` octets at `at` into `fields`. */
export function decodeStampReply(
  view: DataView,
  at: number,
  length: number,
  mode: StampMode,
  fields: StampReply,
): StampVerdict {
  const layout = STAMP_LAYOUT[mode];
  if (length < layout.replyMinBytes) return 'short';
  fields.sequence = view.getUint32(at);
  fields.senderSequence = view.getUint32(at + layout.senderSequence);
  fields.senderErrorEstimate = view.getUint16(at + layout.senderErrorEstimate);
  fields.senderTtl = view.getUint8(at + layout.senderTtl);
  const hasTimes = readStamps(view, at, length, layout, fields);
  const format = timestampFormat(fields.errorEstimate);
  const senderFormat = timestampFormat(fields.senderErrorEstimate);
  const { receiveTimestamp, senderTimestamp } = layout;
  const hasReceived = readTimestamp(view, at + receiveTimestamp, format, fields.receivedAt);
  const hasSender = readTimestamp(view, at + senderTimestamp, senderFormat, fields.senderSentAt);
  return hasTimes && hasReceived && hasSender ? 'intact' : 'corrupted';
}

/**
 * Turns a request into its reply, in place, except for T3. T2 is written in the format of `errorEstimate`, which must
 * be NTP if the sender may use TWAMP-Light, which knows no other format.
 *
 * @param length  octets of the request, at least `layout.replyMinBytes`; nothing beyond them is written
 */
export function turnStampAround(
  view: DataView,
  at: number,
  length: number,
  layout: StampLayout,
  receivedAt: Readonly<WallTime>,
  errorEstimate: number,
  senderTtl: number,
): void {
  const sequence = view.getUint32(at);
  const sentHigh = view.getUint32(at + layout.timestamp);
  const sentLow = view.getUint32(at + layout.timestamp + 4);
  const senderErrorEstimate = view.getUint16(at + layout.errorEstimate);
  const ssid = view.getUint16(at + layout.ssid);
  clear(view, at, Math.min(length, layout.bytes));
  view.setUint32(at, sequence);
  view.setUint16(at + layout.errorEstimate, errorEstimate);
  view.setUint16(at + layout.ssid, ssid);
  const format = timestampFormat(errorEstimate);
  writeTimestamp(view, at + layout.receiveTimestamp, format, receivedAt);
  view.setUint32(at + layout.senderSequence, sequence);
  view.setUint32(at + layout.senderTimestamp, sentHigh);
  view.setUint32(at + layout.senderTimestamp + 4, sentLow);
  view.setUint16(at + layout.senderErrorEstimate, senderErrorEstimate);
  view.setUint8(at + layout.senderTtl, senderTtl);
}

/** Returns false if they are invalid. */
function readStamps(
  view: DataView,
  at: number,
  length: number,
  layout: StampLayout,
  fields: StampRequest,
): boolean {
  const errorEstimate = view.getUint16(at + layout.errorEstimate);
  fields.errorEstimate = errorEstimate;
  fields.ssid = length < layout.ssid + 2 ? 0 : view.getUint16(at + layout.ssid);
  const format = timestampFormat(errorEstimate);
  const hasTime = readTimestamp(view, at + layout.timestamp, format, fields.sentAt);
  return hasTime && isErrorEstimate(errorEstimate);
}

function clear(view: DataView, at: number, bytes: number): void {
  const end = at + bytes;
  let next = at;
  for (; next + 4 <= end; next += 4) view.setUint32(next, 0);
  for (; next < end; next++) view.setUint8(next, 0);
}
