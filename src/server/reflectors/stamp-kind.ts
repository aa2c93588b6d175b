// SPDX-License-Identifier: MIT
// What a packet is by its octets: a reply, or one whose sender pads where STAMP has zeros.

import type { StampLayout } from '../../wire/stamp.ts';
import { isErrorEstimate } from '../../wire/timestamp.ts';

/** No reflector keeps a packet for longer. */
const MAX_RESIDENCE_SECONDS = 10;

/** Octets that are zero in a reply of either mode, as far as it has them. */
const ZEROS_AFTER_TTL = 3;

/**
 * True for what only a reflector writes. Two that answered each other's replies would never stop, nor
 * would one and a service that sends its replies back: as they were, or, as UDPEchoPlus does, with other
 * octets up to 19.
 */
export function isReply(view: DataView, at: number, length: number, layout: StampLayout): boolean {
  if (!isErrorEstimate(view.getUint16(at + layout.senderErrorEstimate))) return false;
  return hasReplyTimes(view, at, layout) || hasReplyEnd(view, at, length, layout);
}

/**
 * True for a packet whose octets behind the SSID are zero, as RFC 8762 section 4.2.1 has them. TWAMP-Light has
 * its padding there and where the SSID is, random as RFC 5357 section 4.1.2 wants it: no identifier, and no
 * TLVs behind it.
 */
export function hasZeros(view: DataView, at: number, length: number, layout: StampLayout): boolean {
  return isZero(view, at + layout.ssid + 2, at + Math.min(length, layout.bytes));
}

/** True for a T2 a moment before its T3, as any reflector's are. */
function hasReplyTimes(view: DataView, at: number, layout: StampLayout): boolean {
  const sent = view.getUint32(at + layout.timestamp);
  const received = view.getUint32(at + layout.receiveTimestamp);
  return (sent - received) >>> 0 <= MAX_RESIDENCE_SECONDS;
}

/** True for a TTL with zeros around it, as all of our replies have, and no sender. */
function hasReplyEnd(view: DataView, at: number, length: number, layout: StampLayout): boolean {
  const { senderErrorEstimate, senderTtl } = layout;
  const end = Math.min(length, senderTtl + 1 + ZEROS_AFTER_TTL);
  return (
    view.getUint8(at + senderTtl) !== 0 &&
    isZero(view, at + senderErrorEstimate + 2, at + senderTtl) &&
    isZero(view, at + senderTtl + 1, at + end)
  );
}

function isZero(view: DataView, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    if (view.getUint8(at) !== 0) return false;
  }
  return true;
}
