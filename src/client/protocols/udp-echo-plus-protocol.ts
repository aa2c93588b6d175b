// SPDX-License-Identifier: MIT
// Probes as UDPEchoPlus requests (Broadband Forum TR-143 Issue 1 Amendment 1, appendix A). After the header comes our
// own probe as data, which the server returns unchanged. So every octet that the server does not write can be verified,
// and each reply can be matched with its probe.

import { ProbeCodec, PROBE_MIN_BYTES, type ProbeFields } from '../../wire/probe.ts';
import {
  decodeUdpEchoPlus,
  encodeUdpEchoPlus,
  type UdpEchoPlusHeader,
} from '../../wire/udp-echo-plus.ts';
import type {
  ProtocolPlan,
  ReflectingProtocol,
  Reflection,
  ReplyVerdict,
} from './probe-protocol.ts';

const HEADER_BYTES = 24;

/** Shortest request that can hold our probe. */
export const UDP_ECHO_PLUS_PROBE_MIN_BYTES = HEADER_BYTES + PROBE_MIN_BYTES;

/** TR-143's formulas count from 1 (A.1.8). */
const FIRST_NUMBER = 1;

const TICK_NS = 1000;

export class UdpEchoPlusProtocol implements ReflectingProtocol {
  /** The server has one counter for all clients. */
  readonly countsEachPort = false;
  /** It counts from the moment it was enabled. */
  readonly startsAtZero = false;
  /** For the difference of two times, each truncated to a microsecond. */
  readonly tickNs = TICK_NS;
  /** The server's clock counts from its own start. */
  readonly clockZeroNs = undefined;
  readonly reflection: Reflection = {
    sequence: 0,
    isCopy: false,
    receivedNs: 0,
    sentNs: 0,
    clockErrorNs: NaN,
    isClockSynchronised: false,
    failures: 0,
  };
  readonly #bytes: number;
  readonly #codec: ProbeCodec;
  readonly #header: UdpEchoPlusHeader = {
    testGenSn: 0,
    testRespSn: 0,
    recvTimestampUs: 0,
    replyTimestampUs: 0,
    replyFailureCount: 0,
    testIteration: 1,
  };
  /** Approximate value of the server's clock at the session's start. */
  #originUs: number | undefined;

  constructor({ payloadBytes, nonce }: ProtocolPlan) {
    this.#bytes = payloadBytes;
    this.#codec = new ProbeCodec(nonce, payloadBytes - HEADER_BYTES);
  }

  /** The protocol does not use the wall clock. */
  // eslint-disable-next-line @typescript-eslint/no-empty-function
  setStart(): void {}

  encode(view: DataView, fields: Readonly<ProbeFields>, start = 0): void {
    const header = this.#header;
    header.testGenSn = fields.sequence + FIRST_NUMBER;
    header.testRespSn = 0;
    header.recvTimestampUs = 0;
    header.replyTimestampUs = 0;
    header.replyFailureCount = 0;
    header.testIteration = 1;
    encodeUdpEchoPlus(view, start, header);
    this.#codec.encode(view, fields, start + HEADER_BYTES);
  }

  decode(view: DataView, fields: ProbeFields, start: number, bytes: number): ReplyVerdict {
    if (bytes < UDP_ECHO_PLUS_PROBE_MIN_BYTES) return 'corrupted';
    if (bytes > this.#bytes && this.#isJoined(view, fields, start, bytes)) return 'joined';
    const header = this.#header;
    decodeUdpEchoPlus(view, start, bytes, header);
    const verdict = this.#codec.decode(view, fields, start + HEADER_BYTES, bytes - HEADER_BYTES);
    if (verdict !== 'intact') return verdict;
    const isOurs =
      header.testGenSn === (fields.sequence + FIRST_NUMBER) % 2 ** 32 && header.testIteration === 1;
    if (!isOurs) return 'corrupted';
    if (isUntouched(header)) return 'unaltered';
    this.#readReflection(header, fields.sentAtNs);
    return 'intact';
  }

  /** True if the datagram has the data of two of our packets, at the positions for two packets in a row. */
  #isJoined(view: DataView, fields: ProbeFields, start: number, bytes: number): boolean {
    if (bytes % this.#bytes !== 0) return false;
    return [start, start + this.#bytes].every((at) => {
      const data = at + HEADER_BYTES;
      return this.#codec.decode(view, fields, data, this.#bytes - HEADER_BYTES) === 'intact';
    });
  }

  quotedSequence(view: DataView, start: number, bytes: number): number | undefined {
    return this.#codec.quotedSequence(view, start + HEADER_BYTES, bytes - HEADER_BYTES);
  }

  /** The clock wraps every 72 minutes: of the possible times, the one nearest to our own time is meant. */
  #readReflection(header: Readonly<UdpEchoPlusHeader>, sentAtNs: number): void {
    const { reflection } = this;
    const ourUs = Math.floor(sentAtNs / 1000);
    this.#originUs ??= header.recvTimestampUs - ourUs;
    const receivedUs = ourUs + ((header.recvTimestampUs - this.#originUs - ourUs) | 0);
    const residenceUs = (header.replyTimestampUs - header.recvTimestampUs) | 0;
    reflection.sequence = header.testRespSn;
    reflection.receivedNs = receivedUs * 1000;
    reflection.sentNs = (receivedUs + residenceUs) * 1000;
    reflection.failures = header.replyFailureCount;
  }
}

/** True if the server filled in nothing: a plain echo, or UDPEcho without Plus. */
function isUntouched(header: Readonly<UdpEchoPlusHeader>): boolean {
  return (
    header.testRespSn === 0 &&
    header.recvTimestampUs === 0 &&
    header.replyTimestampUs === 0 &&
    header.replyFailureCount === 0
  );
}
