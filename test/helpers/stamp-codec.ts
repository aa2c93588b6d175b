// What only tests do with STAMP packets: reading requests and TLVs, and writing replies from fields.

import {
  STAMP_LAYOUT,
  type StampMode,
  type StampReply,
  type StampRequest,
  type StampVerdict,
} from '../../src/wire/stamp.ts';
import { TLV_HEADER_BYTES, tlvEnd, type ClassOfService } from '../../src/wire/stamp-tlv.ts';
import {
  isErrorEstimate,
  readTimestamp,
  timestampFormat,
  writeTimestamp,
} from '../../src/wire/timestamp.ts';

/** Reads a request of `length` octets at `at` into `fields`. */
export function decodeStampRequest(
  view: DataView,
  at: number,
  length: number,
  mode: StampMode,
  fields: StampRequest,
): StampVerdict {
  const layout = STAMP_LAYOUT[mode];
  if (length < layout.requestMinBytes) return 'short';
  fields.sequence = view.getUint32(at);
  fields.errorEstimate = view.getUint16(at + layout.errorEstimate);
  fields.ssid = length < layout.ssid + 2 ? 0 : view.getUint16(at + layout.ssid);
  const format = timestampFormat(fields.errorEstimate);
  const hasTime = readTimestamp(view, at + layout.timestamp, format, fields.sentAt);
  return hasTime && isErrorEstimate(fields.errorEstimate) ? 'intact' : 'corrupted';
}

/** Writes a reply at `at`. */
export function encodeStampReply(
  view: DataView,
  at: number,
  mode: StampMode,
  fields: Readonly<StampReply>,
): void {
  const layout = STAMP_LAYOUT[mode];
  const format = timestampFormat(fields.errorEstimate);
  const senderFormat = timestampFormat(fields.senderErrorEstimate);
  for (let octet = 0; octet < layout.bytes; octet++) view.setUint8(at + octet, 0);
  view.setUint32(at, fields.sequence);
  writeTimestamp(view, at + layout.timestamp, format, fields.sentAt);
  view.setUint16(at + layout.errorEstimate, fields.errorEstimate);
  view.setUint16(at + layout.ssid, fields.ssid);
  writeTimestamp(view, at + layout.receiveTimestamp, format, fields.receivedAt);
  view.setUint32(at + layout.senderSequence, fields.senderSequence);
  writeTimestamp(view, at + layout.senderTimestamp, senderFormat, fields.senderSentAt);
  view.setUint16(at + layout.senderErrorEstimate, fields.senderErrorEstimate);
  view.setUint8(at + layout.senderTtl, fields.senderTtl);
}

/** One TLV as it stands. */
export interface StampTlv {
  readonly flags: number;
  readonly type: number;
  readonly value: Uint8Array;
}

export interface DecodedTlvs {
  readonly tlvs: readonly StampTlv[];
  /** False if the rest is no TLV: its header is cut, or its length reaches beyond the packet. */
  readonly isWhole: boolean;
}

/** Reads TLVs up to the end of `bytes`, or to the first that is none. The values share its memory. */
export function decodeTlvs(bytes: Uint8Array): DecodedTlvs {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const tlvs: StampTlv[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = tlvEnd(view, at, bytes.length);
    if (end === undefined) return { tlvs, isWhole: false };
    const value = bytes.subarray(at + TLV_HEADER_BYTES, end);
    tlvs.push({ flags: view.getUint8(at), type: view.getUint8(at + 1), value });
    at = end;
  }
  return { tlvs, isWhole: true };
}

/** What the first two octets of a Class of Service value say. */
export function decodeClassOfService(word: number): ClassOfService {
  return {
    dscp1: word >>> 10,
    dscp2: (word >>> 4) & 0x3f,
    ecn: (word >>> 2) & 3,
    rp: word & 3,
  };
}
