// SPDX-License-Identifier: MIT
// The Session-Reflector of STAMP (RFC 8762), which also answers TWAMP-Light senders (RFC 5357 appendix I).
//
// T2 is the kernel's timestamp if the engine has it. All replies of a batch share one T3. It is read once everything
// else in the replies is written, except fields that depend on T3, and the send follows. A batch has more than one
// packet only under load; then a clock reading for each would cost more time than it would reveal.
//
// The fields that depend on T3 are HMACs and TLVs: a session's packets of one batch report the T3 before theirs.

import type { DatagramBatch } from '../../socket/datagram-batch.ts';
import { ANSWER } from '../../socket/datagram-batch.ts';
import type { WallClock } from '../../socket/wall-clock.ts';
import { monotonicNs } from '../../time.ts';
import { STAMP_LAYOUT, turnStampAround, type StampLayout } from '../../wire/stamp.ts';
import { StampKey } from '../../wire/stamp-hmac.ts';
import {
  encodeErrorEstimate,
  isErrorEstimate,
  serialSeconds,
  timestampFormat,
  writeTimestamp,
} from '../../wire/timestamp.ts';
import { refuse } from '../admission.ts';
import type { StampPlan } from '../service.ts';
import { PayloadView } from './payload-view.ts';
import type { Reflector } from './reflector.ts';
import type { SenderStamp, SentReply, SessionKey } from './session-entries.ts';
import type { StampSessions } from './stamp-sessions.ts';
import { ShortRequests } from './short-requests.ts';
import { hasZeros, isReply } from './stamp-kind.ts';
import { StampTlvs, TLVS, type TlvFacts, type TlvPlace } from './stamp-tlvs.ts';

/** The value of the TTL field if the TTL is unknown (RFC 5357 section 4.2.1; RFC 8762 has no rule). */
const TTL_UNKNOWN = 255;

const DSCP_BITS = 0xfc;

export interface StampReflectorOptions {
  readonly plan: StampPlan;
  readonly clock: WallClock;
  /** The table of a stateful reflector, created by `openSessions`; `undefined` for a stateless one. */
  readonly sessions: StampSessions | undefined;
  /** Index of its socket among those of this thread and service. */
  readonly socket: number;
  /** The batch has the type of service of each request, and replies leave with the value in the batch. */
  readonly seesTos: boolean;
  /** Called with what people should know, as a whole sentence. */
  readonly notify: (notice: string) => void;
  /** One cell for each of `REFUSALS`. */
  readonly cells: Float64Array;
}

export class StampReflector implements Reflector {
  readonly #layout: StampLayout;
  readonly #key: StampKey | undefined;
  readonly #clock: WallClock;
  readonly #sessions: StampSessions | undefined;
  readonly #cells: Float64Array;
  readonly #seesTos: boolean;
  readonly #tlvs: StampTlvs;
  readonly #answersShort: boolean;
  readonly #shortRequests: ShortRequests;
  /** For each entry of the batch: its session, the number of its reply, and the result of checking its TLVs. */
  #sessionOf = new Int32Array(0);
  #epochOf = new Uint32Array(0);
  #sequenceOf = new Uint32Array(0);
  #tlvsOf = new Int32Array(0);
  readonly #place: TlvPlace;
  readonly #sessionKey: SessionKey;
  readonly #senderStamp: SenderStamp = { sequence: 0, seconds: 0, fraction: 0 };
  readonly #sent: SentReply = { sequence: 0, high: 0, low: 0 };
  readonly #facts: TlvFacts = { tos: -1, isSynchronised: false, packets: 0, before: undefined };
  readonly #now = { seconds: 0, nanoseconds: 0 };
  readonly #arrival = { seconds: 0, nanoseconds: 0 };
  readonly #stampBytes = new Uint8Array(8);
  readonly #stamp = new DataView(this.#stampBytes.buffer);
  readonly #views = new PayloadView();
  #errorEstimate = 0;
  #nowSeconds = -1;

  constructor({ plan, clock, sessions, socket, seesTos, notify, cells }: StampReflectorOptions) {
    this.#layout = STAMP_LAYOUT[plan.key === null ? 'unauthenticated' : 'authenticated'];
    this.#key = plan.key === null ? undefined : new StampKey(plan.key);
    this.#clock = clock;
    this.#sessions = sessions;
    this.#cells = cells;
    this.#seesTos = seesTos;
    this.#answersShort = plan.answersShort;
    this.#shortRequests = new ShortRequests(this.#layout, plan, notify);
    this.#tlvs = new StampTlvs(this.#key, plan.dscp);
    const bytes = new Uint8Array(0);
    this.#place = { view: this.#stamp, bytes, at: 0, tlvsAt: 0, end: 0 };
    this.#sessionKey = { words: new Uint32Array(4), at: 0, port: 0, ssid: 0, socket };
  }

  reflect(batch: DatagramBatch): void {
    if (this.#answersShort) batch.lengthened.fill(0);
    this.#startBatch();
    this.#makeRoom(batch.capacity);
    for (let index = 0; index < batch.count; index++) {
      if (batch.verdicts[index] === ANSWER) this.#turnAround(batch, index);
    }
    this.#clock.read(this.#now);
    writeTimestamp(this.#stamp, 0, 'ntp', this.#now);
    for (let index = 0; index < batch.count; index++) {
      if (batch.verdicts[index] === ANSWER) this.#finish(batch, index);
    }
  }

  #makeRoom(capacity: number): void {
    if (this.#sessionOf.length >= capacity) return;
    this.#sessionOf = new Int32Array(capacity);
    this.#epochOf = new Uint32Array(capacity);
    this.#sequenceOf = new Uint32Array(capacity);
    this.#tlvsOf = new Int32Array(capacity);
  }

  /** Queries the accuracy of the system's clock, once a second. */
  #startBatch(): void {
    this.#clock.read(this.#now);
    const nowSeconds = Math.floor(monotonicNs() / 1e9);
    if (nowSeconds === this.#nowSeconds) return;
    this.#nowSeconds = nowSeconds;
    const quality = this.#clock.quality();
    this.#facts.isSynchronised = quality.isSynchronised;
    this.#errorEstimate = encodeErrorEstimate({ ...quality, format: 'ntp' });
  }

  /** Turns one request into its reply, except for T3 and what depends on it; or refuses the request. */
  #turnAround(batch: DatagramBatch, index: number): void {
    const layout = this.#layout;
    if (batch.lengths[index]! < layout.replyMinBytes && !this.#lengthen(batch, index)) {
      this.#shortRequests.note(batch, index, this.#nowSeconds);
      refuse(batch, index, 'stamp-short', this.#cells);
      return;
    }
    const view = this.#views.of(batch, index);
    const at = batch.offsetOf(index);
    const length = batch.lengths[index]!;
    if (this.#key?.verifiesPacket(batch.bytesOf(index), at) === false) {
      refuse(batch, index, 'stamp-hmac', this.#cells);
      return;
    }
    if (!isErrorEstimate(view.getUint16(at + layout.errorEstimate))) {
      refuse(batch, index, 'stamp-corrupted', this.#cells);
      return;
    }
    if (isReply(view, at, length, layout)) {
      refuse(batch, index, 'stamp-reply', this.#cells);
      return;
    }
    const isStamp = this.#key !== undefined || hasZeros(view, at, length, layout);
    if (this.#sessions !== undefined) {
      this.#readSender(view, batch, index, isStamp);
      if (!this.#findSession(this.#sessions, index)) {
        refuse(batch, index, 'stamp-sessions', this.#cells);
        return;
      }
    }
    const ttl = batch.hopLimits[index]! || TTL_UNKNOWN;
    const arrival = this.#arrivalOf(batch, index);
    turnStampAround(view, at, length, layout, arrival, this.#errorEstimate, ttl);
    if (!isStamp) view.setUint16(at + layout.ssid, 0);
    this.#tlvsOf[index] = isStamp ? this.#tlvs.check(this.#placeOf(batch, index)) : TLVS.none;
  }

  /** Lengthens a request that is shorter than a reply, if that is enabled (RFC 8762 section 4.6). */
  #lengthen(batch: DatagramBatch, index: number): boolean {
    const { bytes, requestMinBytes } = this.#layout;
    if (!this.#answersShort || batch.lengths[index]! < requestMinBytes) return false;
    batch.lengthen(index, bytes);
    return true;
  }

  /** Reads the session key of a request, and what its sender wrote. */
  #readSender(view: DataView, batch: DatagramBatch, index: number, isStamp: boolean): void {
    const { ssid, timestamp, errorEstimate } = this.#layout;
    const at = batch.offsetOf(index);
    const key = this.#sessionKey;
    key.words = batch.sourceWords;
    key.at = index * 4;
    key.port = batch.sourcePorts[index]!;
    key.ssid = isStamp ? view.getUint16(at + ssid) : 0;
    const stamp = this.#senderStamp;
    stamp.sequence = view.getUint32(at);
    stamp.seconds = serialSeconds(
      view,
      at + timestamp,
      timestampFormat(view.getUint16(at + errorEstimate)),
    );
    stamp.fraction = view.getUint32(at + timestamp + 4);
  }

  /** Finds the session of the request that was read and takes its next number; false if there is no room. */
  #findSession(sessions: StampSessions, index: number): boolean {
    const session = sessions.find(this.#sessionKey, this.#senderStamp, this.#nowSeconds);
    if (session < 0) return false;
    this.#sessionOf[index] = session;
    this.#epochOf[index] = sessions.epochOf(session);
    this.#sequenceOf[index] = sessions.nextSequence(session);
    return true;
  }

  #placeOf(batch: DatagramBatch, index: number): TlvPlace {
    const place = this.#place;
    place.view = this.#views.of(batch, index);
    place.bytes = batch.bytesOf(index);
    place.at = batch.offsetOf(index);
    place.tlvsAt = place.at + this.#layout.bytes;
    place.end = place.at + batch.lengths[index]!;
    return place;
  }

  /** Writes the reply's number, its TLVs, T3 and its HMAC. */
  #finish(batch: DatagramBatch, index: number): void {
    const bytes = batch.bytesOf(index);
    const at = batch.offsetOf(index);
    this.#number(batch, index);
    this.#turnTlvsAround(batch, index);
    bytes.set(this.#stampBytes, at + this.#layout.timestamp);
    this.#key?.signPacket(bytes, at);
  }

  /** Numbers the reply of a session, and prepares the session's packet count and previous reply for the TLVs. */
  #number(batch: DatagramBatch, index: number): void {
    const sessions = this.#sessions;
    if (sessions === undefined) return;
    const session = this.#sessionOf[index]!;
    const epoch = this.#epochOf[index]!;
    const sequence = this.#sequenceOf[index]!;
    this.#views.of(batch, index).setUint32(batch.offsetOf(index), sequence);
    this.#facts.packets = sequence + 1;
    this.#facts.before = sessions.before(session, epoch);
    const sent = this.#sent;
    sent.sequence = sequence;
    sent.high = this.#stamp.getUint32(0);
    sent.low = this.#stamp.getUint32(4);
    sessions.noteSent(session, epoch, sent);
  }

  #turnTlvsAround(batch: DatagramBatch, index: number): void {
    const tos = batch.tos[index]!;
    // The reply does not copy the request's ECN bits: nothing has marked the way back yet (RFC 3168).
    batch.tos[index] = tos & DSCP_BITS;
    const found = this.#tlvsOf[index]!;
    if (found === TLVS.none) return;
    this.#facts.tos = this.#seesTos ? tos : -1;
    const replyTos = this.#tlvs.reflect(this.#placeOf(batch, index), this.#facts, found);
    if (replyTos >= 0) batch.tos[index] = replyTos;
  }

  /** When the kernel received it, or the batch's time if the kernel does not report that. */
  #arrivalOf(batch: DatagramBatch, index: number): { seconds: number; nanoseconds: number } {
    const seconds = batch.arrivalSeconds[index]!;
    if (seconds === 0) {
      this.#arrival.seconds = this.#now.seconds;
      this.#arrival.nanoseconds = this.#now.nanoseconds;
    } else {
      this.#arrival.seconds = seconds;
      this.#arrival.nanoseconds = batch.arrivalNanoseconds[index]!;
    }
    return this.#arrival;
  }
}
