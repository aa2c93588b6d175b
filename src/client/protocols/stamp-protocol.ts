// SPDX-License-Identifier: MIT
// Probes as STAMP test packets (RFC 8762, RFC 8972). Each source port is a separate session, with an SSID and its own
// numbers. Octets beyond the packet are one Extra Padding TLV. TWAMP-Light reflectors answer too: their packet ends
// earlier and leaves the SSID zero.
//
// The numbers of a session begin at 1, as if packet 0 had been lost on its way. A stateful reflector numbers its
// replies from 0, so its first reply has 0 in answer to 1; a stateless one repeats our number. If ours began at 0, the
// two could not be distinguished as long as nothing is lost on the way there, although they mean different things: a
// stateless reflector says nothing about the direction of losses, a stateful one would say that all were lost on the
// way back.

import type { ProbeFields } from '../../wire/probe.ts';
import { STAMP_LAYOUT, decodeStampReply, encodeStampRequest } from '../../wire/stamp.ts';
import type { StampLayout, StampMode, StampReply, StampRequest } from '../../wire/stamp.ts';
import { StampKey } from '../../wire/stamp-hmac.ts';
import { TLV_HEADER_BYTES, TLV_TYPE, encodeTlvs } from '../../wire/stamp-tlv.ts';
import {
  decodeErrorEstimate,
  encodeErrorEstimate,
  errorEstimateNs,
  readTimestamp,
} from '../../wire/timestamp.ts';
import type { WallTime } from '../../wire/timestamp.ts';
import { UDP_ECHO_PLUS_MIN_BYTES } from '../../wire/udp-echo-plus.ts';
import type {
  ProtocolPlan,
  ReflectingProtocol,
  Reflection,
  ReplyVerdict,
} from './probe-protocol.ts';

/** This program does not know whether its host's clock is synchronized, and says so: S = 0, one second. */
const ERROR_ESTIMATE = encodeErrorEstimate({
  isSynchronised: false,
  format: 'ntp',
  errorSeconds: 1,
});

const FIRST_NUMBER = 1;

const SECOND_NS = 1e9;

/**
 * If clocks are farther apart than this (11 days), the whole difference is subtracted first: a double holds 104 days of
 * ns.
 */
const FAR_SECONDS = 1e6;

const HIGHEST_SSID = 0xffff;

/** The value of an absent SSID, time or Error Estimate. */
const ZERO = 0;

export class StampProtocol implements ReflectingProtocol {
  readonly countsEachPort = true;
  readonly startsAtZero = true;
  readonly tickNs = 1;
  readonly reflection: Reflection = {
    sequence: 0,
    isCopy: false,
    receivedNs: 0,
    sentNs: 0,
    clockErrorNs: 0,
    isClockSynchronised: false,
    failures: 0,
  };
  readonly #mode: StampMode;
  readonly #layout: StampLayout;
  readonly #key: StampKey | undefined;
  readonly #streams: number;
  /** SSID of the first source port; each further port has the next one. */
  readonly #firstSsid: number;
  readonly #payloadBytes: number;
  readonly #padding: Uint8Array;
  readonly #request: StampRequest = {
    sequence: 0,
    sentAt: { seconds: 0, nanoseconds: 0 },
    errorEstimate: ERROR_ESTIMATE,
    ssid: 0,
  };
  readonly #reply: StampReply = {
    sequence: 0,
    sentAt: { seconds: 0, nanoseconds: 0 },
    errorEstimate: 0,
    ssid: 0,
    receivedAt: { seconds: 0, nanoseconds: 0 },
    senderSequence: 0,
    senderTtl: 0,
    senderSentAt: { seconds: 0, nanoseconds: 0 },
    senderErrorEstimate: 0,
  };
  #start: Readonly<WallTime> = { seconds: 0, nanoseconds: 0 };
  /** The latest probe written. */
  #latest = 0;
  #view: DataView | undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  /** The latest Error Estimate read: a reflector rarely changes it. */
  #estimate: number | undefined;
  /** The assumed difference of the other end's clock, in seconds; known from the first reply. */
  #farSeconds: number | undefined;

  constructor({ key, payloadBytes, streams, nonce }: ProtocolPlan) {
    this.#mode = key === undefined ? 'unauthenticated' : 'authenticated';
    this.#layout = STAMP_LAYOUT[this.#mode];
    this.#key = key === undefined ? undefined : new StampKey(key);
    this.#streams = streams;
    this.#firstSsid = 1 + (nonce[0] % (HIGHEST_SSID - streams));
    this.#payloadBytes = payloadBytes;
    this.#padding = paddingOf(payloadBytes - this.#layout.bytes, nonce[1]);
  }

  get clockZeroNs(): number {
    return (this.#farSeconds ?? 0) * SECOND_NS;
  }

  setStart(wall: Readonly<WallTime>): void {
    this.#start = { ...wall };
  }

  encode(view: DataView, fields: Readonly<ProbeFields>, start = 0): void {
    const request = this.#request;
    request.sequence = this.#numberOf(fields.sequence);
    request.ssid = this.#firstSsid + fields.stream;
    this.#writeWallTime(fields.sentAtNs, request.sentAt);
    encodeStampRequest(view, start, this.#mode, request);
    this.#latest = fields.sequence;
    if (this.#key === undefined && this.#padding.length === 0) return;
    const bytes = this.#bytesOf(view);
    bytes.set(this.#padding, start + this.#layout.bytes);
    this.#key?.signPacket(bytes, start);
  }

  decode(
    view: DataView,
    fields: ProbeFields,
    start: number,
    bytes: number,
    stream: number,
  ): ReplyVerdict {
    if (bytes < this.#layout.replyMinBytes) return 'corrupted';
    if (this.#key?.verifiesPacket(this.#bytesOf(view), start) === false) return 'unauthenticated';
    if (bytes > this.#payloadBytes && this.#isJoined(view, start, bytes, stream)) return 'joined';
    const isRequest = this.#isRequest(view, start);
    if (isRequest && this.#isOwn(view, start, stream)) return 'unaltered';
    if (this.#isUdpEchoPlus(view, start, bytes)) return 'udp-echo-plus';
    if (isRequest) return 'foreign';
    const reply = this.#reply;
    const verdict = decodeStampReply(view, start, bytes, this.#mode, reply);
    if (verdict !== 'intact') return 'corrupted';
    // A reflector that implements only RFC 8762, or TWAMP-Light, has zeros there.
    if (reply.ssid !== ZERO && reply.ssid !== this.#firstSsid + stream) return 'foreign';
    fields.stream = stream;
    fields.sequence = this.#sequenceOf(reply.senderSequence, stream);
    fields.sentAtNs = this.#sinceStart(reply.senderSentAt, 0);
    this.#readReflection(reply);
    return 'intact';
  }

  quotedSequence(view: DataView, start: number, bytes: number, stream: number): number | undefined {
    if (bytes < this.#layout.ssid + 2 || !this.#isOwn(view, start, stream)) return undefined;
    const sequence = this.#sequenceOf(view.getUint32(start), stream);
    return sequence < 0 ? undefined : sequence;
  }

  /** A reply has the arrival time of its request, and the Error Estimate of that request. */
  #isRequest(view: DataView, start: number): boolean {
    const { receiveTimestamp, senderErrorEstimate } = this.#layout;
    return (
      view.getUint32(start + receiveTimestamp) === ZERO &&
      view.getUint32(start + receiveTimestamp + 4) === ZERO &&
      view.getUint16(start + senderErrorEstimate) === ZERO
    );
  }

  /**
   * True for our own packet in which a UDPEchoPlus server filled in octets 4 to 19 (TR-143 appendix A.1.4); a STAMP
   * reply would have our packet's send time.
   */
  #isUdpEchoPlus(view: DataView, start: number, bytes: number): boolean {
    if (this.#key !== undefined || bytes !== this.#payloadBytes) return false;
    for (let at = UDP_ECHO_PLUS_MIN_BYTES; at < this.#layout.bytes; at++) {
      if (view.getUint8(start + at) !== ZERO) return false;
    }
    // The server's sequence number overwrote our time.
    const time = this.#request.sentAt;
    readTimestamp(view, start + this.#layout.timestamp, 'ntp', time);
    if (Math.abs(this.#sinceStart(time, 0)) < FAR_SECONDS * SECOND_NS) return false;
    const number = view.getUint32(start);
    return number >= FIRST_NUMBER && number <= this.#numberOf(this.#latest);
  }

  /** True if a second packet of ours, or a reply to one, follows the first. */
  #isJoined(view: DataView, start: number, bytes: number, stream: number): boolean {
    if (bytes % this.#payloadBytes !== 0) return false;
    const second = start + this.#payloadBytes;
    return this.#isOwn(view, second, stream) || this.#isReplyToOwn(view, second);
  }

  #isReplyToOwn(view: DataView, start: number): boolean {
    const { senderSequence, senderErrorEstimate, senderTimestamp } = this.#layout;
    const time = this.#request.sentAt;
    const number = view.getUint32(start + senderSequence);
    return (
      view.getUint16(start + senderErrorEstimate) === ERROR_ESTIMATE &&
      readTimestamp(view, start + senderTimestamp, 'ntp', time) &&
      Math.abs(this.#sinceStart(time, 0)) < FAR_SECONDS * SECOND_NS &&
      number >= FIRST_NUMBER &&
      number <= this.#numberOf(this.#latest)
    );
  }

  #isOwn(view: DataView, start: number, stream: number): boolean {
    const { ssid, timestamp, errorEstimate } = this.#layout;
    return (
      view.getUint16(start + ssid) === this.#firstSsid + stream &&
      view.getUint16(start + errorEstimate) === ERROR_ESTIMATE &&
      readTimestamp(view, start + timestamp, 'ntp', this.#request.sentAt)
    );
  }

  #readReflection(reply: Readonly<StampReply>): void {
    const { reflection } = this;
    if (reply.errorEstimate !== this.#estimate) this.#readEstimate(reply.errorEstimate);
    this.#farSeconds ??= farSeconds(reply.receivedAt.seconds - reply.senderSentAt.seconds);
    reflection.sequence = reply.sequence;
    reflection.isCopy = reply.sequence === reply.senderSequence;
    reflection.receivedNs = this.#sinceStart(reply.receivedAt, this.#farSeconds);
    reflection.sentNs = this.#sinceStart(reply.sentAt, this.#farSeconds);
  }

  #readEstimate(word: number): void {
    this.#estimate = word;
    this.reflection.clockErrorNs = errorEstimateNs(word);
    this.reflection.isClockSynchronised = decodeErrorEstimate(word).isSynchronised;
  }

  #sinceStart({ seconds, nanoseconds }: Readonly<WallTime>, lessSeconds: number): number {
    const start = this.#start;
    return (seconds - start.seconds - lessSeconds) * SECOND_NS + nanoseconds - start.nanoseconds;
  }

  #writeWallTime(sinceStartNs: number, time: WallTime): void {
    const nanoseconds = this.#start.nanoseconds + sinceStartNs;
    const seconds = Math.floor(nanoseconds / SECOND_NS);
    time.seconds = this.#start.seconds + seconds;
    time.nanoseconds = nanoseconds - seconds * SECOND_NS;
  }

  /** The memory of a view; most calls use the same view as the previous call. */
  #bytesOf(view: DataView): Uint8Array {
    if (view !== this.#view) {
      this.#view = view;
      this.#bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    }
    return this.#bytes;
  }

  /** The number of a probe in the session of its source port. */
  #numberOf(sequence: number): number {
    return Math.floor(sequence / this.#streams) + FIRST_NUMBER;
  }

  /** The probe near the latest one that has these low 32 bits (RFC 4737 section 6). */
  #sequenceOf(number: number, stream: number): number {
    const latest = this.#numberOf(this.#latest);
    const whole = latest + ((number - latest) | 0);
    return (whole - FIRST_NUMBER) * this.#streams + stream;
  }
}

function farSeconds(apartSeconds: number): number {
  return Math.abs(apartSeconds) < FAR_SECONDS ? 0 : apartSeconds;
}

/** One TLV of random octets, as RFC 8972 section 4.1 recommends, so that no link compresses them. */
function paddingOf(length: number, seed: number): Uint8Array {
  if (length < TLV_HEADER_BYTES) return new Uint8Array(0);
  const value = new Uint8Array(length - TLV_HEADER_BYTES);
  let state = seed | 1;
  for (let at = 0; at < value.length; at++) {
    // Marsaglia's xorshift: Journal of Statistical Software 8(14), 2003.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    value[at] = state;
  }
  return encodeTlvs([{ type: TLV_TYPE.extraPadding, value }]);
}
