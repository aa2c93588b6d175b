// SPDX-License-Identifier: MIT
// How a STAMP reflector handles the TLVs of a request, in place (RFC 8972 section 4). It fills in those it knows, and
// flags those that it does not know (U), that are malformed (M), or that its key does not authenticate (I). Return
// paths and destination addresses (RFC 9503) count as unknown: a stranger must not decide where replies go.

import {
  encodeClassOfService,
  isTlvLength,
  TLV_FLAG,
  TLV_TYPE,
  tlvEnd,
} from '../../wire/stamp-tlv.ts';
import type { StampKey } from '../../wire/stamp-hmac.ts';
import type { SentReply } from './session-entries.ts';

/** Synchronization sources and timestamping methods (RFC 8972 sections 5.3 and 5.4). */
const SYNC_NTP = 1;
const SYNC_LOCAL = 5;
const METHOD_SOFTWARE = 2;

/** Number of code points (RFC 2474). */
const DSCPS = 64;

/** The type of a TLV that ends before its type field. */
const NO_TYPE = -1;

/** The position of the TLVs of one packet. */
export interface TlvPlace {
  view: DataView;
  bytes: Uint8Array;
  /** Start of the packet. */
  at: number;
  /** Start of the first TLV. */
  tlvsAt: number;
  /** End of the payload. */
  end: number;
}

/** What the reflector knows about a request and its session. */
export interface TlvFacts {
  /** Type of service of the request; −1 if the engine can neither see nor set it. */
  tos: number;
  isSynchronised: boolean;
  /** Packets of the session, including this one; 0 for a stateless reflector. */
  packets: number;
  /** The session's previous reply; `undefined` if there is none. */
  before: SentReply | undefined;
}

/** The results of `check` other than the position of a correct HMAC TLV. */
export const TLVS = {
  none: -1,
  /** The key does not authenticate them. */
  damaged: -2,
  /** They need no HMAC TLV. */
  unsigned: -3,
} as const;

export class StampTlvs {
  readonly #key: StampKey | undefined;
  /** 1 for each code point that a sender may request for its reply. */
  readonly #mayAsk = new Uint8Array(DSCPS);

  /** @param dscp  code points that a sender may request for its reply */
  constructor(key: StampKey | undefined, dscp: readonly number[]) {
    this.#key = key;
    for (const codePoint of dscp) this.#mayAsk[codePoint] = 1;
  }

  /**
   * Checks the TLVs' integrity. Call it while the packet still has its request's sequence number.
   *
   * @returns the position of the HMAC TLV that authenticates them, or one of `TLVS`
   */
  check(place: TlvPlace): number {
    if (!follow(place)) return TLVS.none;
    return this.#key === undefined ? TLVS.unsigned : this.#verify(this.#key, place);
  }

  /**
   * Turns the TLVs into those of the reply, which already has its own sequence number.
   *
   * @param found  what `check` returned
   * @returns the type of service for the reply, or −1 if none was requested
   */
  reflect(place: TlvPlace, facts: TlvFacts, found: number): number {
    const { view, end } = place;
    const isIntact = found !== TLVS.damaged;
    const damage = isIntact ? 0 : TLV_FLAG.integrity;
    let replyTos = -1;
    for (let at = place.tlvsAt; at < end;) {
      const next = tlvEnd(view, at, end);
      const type = at + 1 < end ? view.getUint8(at + 1) : NO_TYPE;
      const isKnown = this.#knows(type, facts);
      const isMalformed = next === undefined || (isKnown && !isTlvLength(type, next - at - 4));
      const unrecognised = isKnown ? 0 : TLV_FLAG.unrecognised;
      view.setUint8(at, unrecognised | (isMalformed ? TLV_FLAG.malformed : 0) | damage);
      // TLVs after a malformed one are copied, but each one that the key does not authenticate gets its flag.
      if (next === undefined || (isMalformed && isIntact)) break;
      if (isKnown && isIntact) {
        if (type === TLV_TYPE.classOfService) replyTos = this.#fillClass(view, at + 4, facts.tos);
        else fill(view, at + 4, type, facts);
      }
      at = next;
    }
    if (found < 0) return replyTos;
    // Even after a malformed TLV: it authenticates that flag.
    view.setUint8(found, 0);
    this.#key!.signTlvs(place.bytes, place.at, place.tlvsAt, found);
    return replyTos;
  }

  /**
   * Local policy decides whether the reply gets the requested code point. Otherwise it has that of the request, and RP
   * says so (RFC 8972 section 4.4).
   *
   * @returns the type of service for the reply
   */
  #fillClass(view: DataView, value: number, tos: number): number {
    const dscp1 = view.getUint16(value) >>> 10;
    const dscp2 = tos >>> 2;
    const isGranted = dscp1 === dscp2 || this.#mayAsk[dscp1] === 1;
    const word = { dscp1, dscp2, ecn: tos & 3, rp: isGranted ? 0 : 1 };
    view.setUint16(value, encodeClassOfService(word));
    view.setUint16(value + 2, 0);
    return (isGranted ? dscp1 : dscp2) << 2;
  }

  #knows(type: number, { tos, packets }: TlvFacts): boolean {
    switch (type) {
      case TLV_TYPE.extraPadding:
      case TLV_TYPE.timestampInformation:
      case TLV_TYPE.followUpTelemetry:
        return true;
      case TLV_TYPE.classOfService:
        return tos >= 0;
      case TLV_TYPE.directMeasurement:
        return packets > 0;
      case TLV_TYPE.hmac:
        return this.#key !== undefined;
      default:
        return false;
    }
  }

  /**
   * The position of the HMAC TLV, if it is correct and follows all others except padding; padding alone needs none (RFC
   * 8972 section 4.8).
   */
  #verify(key: StampKey, { view, bytes, at: packet, tlvsAt, end }: TlvPlace): number {
    let hmacAt = -1;
    let others = 0;
    let paddings = 0;
    for (let at = tlvsAt; at < end;) {
      const next = tlvEnd(view, at, end);
      if (next === undefined) return TLVS.damaged;
      const type = view.getUint8(at + 1);
      if (type === TLV_TYPE.extraPadding) paddings++;
      else if (hmacAt >= 0) return TLVS.damaged;
      else if (type !== TLV_TYPE.hmac) others++;
      else if (next - at !== 20) return TLVS.damaged;
      else hmacAt = at;
      at = next;
    }
    if (hmacAt < 0) return others === 0 && paddings === 1 ? TLVS.unsigned : TLVS.damaged;
    return key.verifiesTlvs(bytes, packet, tlvsAt, hmacAt) ? hmacAt : TLVS.damaged;
  }
}

/**
 * True if TLVs follow. TWAMP-Light's zero padding does not count, because a sender sets the U flag of the first TLV.
 */
function follow({ view, tlvsAt, end }: TlvPlace): boolean {
  return end > tlvsAt && !(end >= tlvsAt + 4 && view.getUint32(tlvsAt) === 0);
}

function fill(view: DataView, value: number, type: number, facts: TlvFacts): void {
  switch (type) {
    case TLV_TYPE.timestampInformation: {
      // The kernel says that its clock is synchronized, but not by what: mostly NTP.
      const source = facts.isSynchronised ? SYNC_NTP : SYNC_LOCAL;
      view.setUint32(
        value,
        (source << 24) | (METHOD_SOFTWARE << 16) | (source << 8) | METHOD_SOFTWARE,
      );
      break;
    }
    case TLV_TYPE.directMeasurement:
      view.setUint32(value + 4, facts.packets);
      view.setUint32(value + 8, facts.packets);
      break;
    case TLV_TYPE.followUpTelemetry:
      fillFollowUp(view, value, facts.before);
      break;
  }
}

/** Fills in the session's previous reply, and when it left; zeros if there is none, or no session. */
function fillFollowUp(view: DataView, value: number, before: SentReply | undefined): void {
  view.setUint32(value, before?.sequence ?? 0);
  view.setUint32(value + 4, before?.high ?? 0);
  view.setUint32(value + 8, before?.low ?? 0);
  view.setUint32(value + 12, before === undefined ? 0 : METHOD_SOFTWARE << 24);
}
