// SPDX-License-Identifier: MIT
// Classifies a packet by its octets: as a reply, or as one whose sender pads where STAMP has zeros.

import type { StampLayout } from '../../wire/stamp.ts';
import { isErrorEstimate } from '../../wire/timestamp.ts';

/** No reflector holds a packet for longer. */
const MAX_RESIDENCE_SECONDS = 10;

/** Octets that are zero in a reply of either mode, as far as it is long enough. */
const ZEROS_AFTER_TTL = 3;

/**
 * True for fields that only a reflector writes. Two reflectors that answered each other's replies would never stop. The
 * same goes for a reflector and a service that sends its replies back, either unchanged or, like UDPEchoPlus, with
 * different octets up to 19.
 */
export function isReply(view: DataView, at: number, length: number, layout: StampLayout): boolean {
  if (!isErrorEstimate(view.getUint16(at + layout.senderErrorEstimate))) return false;
  return hasReplyTimes(view, at, layout) || hasReplyEnd(view, at, length, layout);
}

/**
 * True for a packet whose octets after the SSID are zero, as RFC 8762 section 4.2.1 specifies. TWAMP-Light has its
 * padding there and in place of the SSID, random as in RFC 5357 section 4.1.2: then there is no identifier, and no TLVs
 * follow.
 */
export function hasZeros(view: DataView, at: number, length: number, layout: StampLayout): boolean {
  return isZero(view, at + layout.ssid + 2, at + Math.min(length, layout.bytes));
}

/** True if T2 is shortly before T3, as in any reflector's reply. */
function hasReplyTimes(view: DataView, at: number, layout: StampLayout): boolean {
  const sent = view.getUint32(at + layout.timestamp);
  const received = view.getUint32(at + layout.receiveTimestamp);
  return (sent - received) >>> 0 <= MAX_RESIDENCE_SECONDS;
}

/** True for a TTL with zeros around it, as in all of our replies, and in no sender's packet. */
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
