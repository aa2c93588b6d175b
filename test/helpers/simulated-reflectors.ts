// The other ends of a simulated path: what each makes of a request.

import { type StampMode, type StampReply } from '../../src/wire/stamp.ts';
import { decodeStampRequest, encodeStampReply } from './stamp-codec.ts';
import { StampKey } from '../../src/wire/stamp-hmac.ts';
import { encodeErrorEstimate, type WallTime } from '../../src/wire/timestamp.ts';
import { fillUdpEchoPlus } from '../../src/wire/udp-echo-plus.ts';
import type { SentProbe } from './simulated-path.ts';
import { emptyReply, emptyRequest, viewOf } from './stamp.ts';

export interface SimulatedReflector {
  /** @param receivedNs  since the session's start, as is what its clock shows but for its offset */
  answer(request: SentProbe, receivedNs: number, residenceNs: number): Uint8Array;
  /** It gets a request and does not answer it. */
  fail(request: SentProbe): void;
}

export class SimulatedEcho implements SimulatedReflector {
  answer({ bytes }: SentProbe): Uint8Array {
    return bytes;
  }

  // eslint-disable-next-line @typescript-eslint/no-empty-function
  fail(): void {}
}

/** A server of UDPEchoPlus whose 32-bit microseconds are about to wrap. */
export class SimulatedUdpEchoPlus implements SimulatedReflector {
  readonly #startUs = 2 ** 32 - 100_000;
  #sequence = 40;
  #failures = 3;

  answer({ bytes }: SentProbe, receivedNs: number, residenceNs: number): Uint8Array {
    const reply = bytes.slice();
    fillUdpEchoPlus(viewOf(reply), 0, {
      testRespSn: ++this.#sequence,
      recvTimestampUs: this.#startUs + Math.floor(receivedNs / 1000),
      replyTimestampUs: this.#startUs + Math.floor((receivedNs + residenceNs) / 1000),
      replyFailureCount: this.#failures,
    });
    return reply;
  }

  fail(): void {
    this.#failures++;
  }
}

export interface SimulatedStampOptions {
  readonly isStateful: boolean;
  readonly key: Uint8Array | undefined;
  readonly start: Readonly<WallTime>;
  /** By how much its clock is ahead. */
  readonly offsetNs: number;
}

const ERROR_ESTIMATE = encodeErrorEstimate({
  isSynchronised: true,
  format: 'ntp',
  errorSeconds: 0.001,
});

/** Of so many replies one: its clock is set back between T2 and T3. */
const SET_BACK_EVERY = 10;
const SET_BACK_NS = 1e6;

/** Of so many replies one has T1 where T3 belongs, and T3 where T1 does. */
const SWAPPED_EVERY = 27;

export class SimulatedStamp implements SimulatedReflector {
  readonly #options: SimulatedStampOptions;
  readonly #mode: StampMode;
  readonly #key: StampKey | undefined;
  readonly #sequences = new Map<number, number>();
  readonly #request = emptyRequest();
  readonly #reply = emptyReply();
  #answered = 0;

  constructor(options: SimulatedStampOptions) {
    this.#options = options;
    this.#mode = options.key === undefined ? 'unauthenticated' : 'authenticated';
    this.#key = options.key === undefined ? undefined : new StampKey(options.key);
  }

  answer({ bytes, port }: SentProbe, receivedNs: number, residenceNs: number): Uint8Array {
    const request = this.#request;
    const reply = this.#reply;
    decodeStampRequest(viewOf(bytes), 0, bytes.length, this.#mode, request);
    const keptNs =
      ++this.#answered % SET_BACK_EVERY === 0 ? residenceNs - SET_BACK_NS : residenceNs;
    reply.sequence = this.#numberOf(port, request.sequence);
    reply.errorEstimate = ERROR_ESTIMATE;
    reply.ssid = request.ssid;
    reply.senderSequence = request.sequence;
    reply.senderErrorEstimate = request.errorEstimate;
    reply.senderTtl = 61;
    Object.assign(reply.senderSentAt, request.sentAt);
    Object.assign(reply.receivedAt, this.#wallTimeAt(receivedNs));
    Object.assign(reply.sentAt, this.#wallTimeAt(receivedNs + keptNs));
    if (this.#answered % SWAPPED_EVERY === 0) swapTimes(reply);
    const octets = bytes.slice();
    encodeStampReply(viewOf(octets), 0, this.#mode, reply);
    this.#key?.signPacket(octets, 0);
    return octets;
  }

  fail({ port }: SentProbe): void {
    this.#numberOf(port, 0);
  }

  #numberOf(port: number, requested: number): number {
    if (!this.#options.isStateful) return requested;
    const number = this.#sequences.get(port) ?? 0;
    this.#sequences.set(port, number + 1);
    return number;
  }

  #wallTimeAt(sinceStartNs: number): WallTime {
    const { start, offsetNs } = this.#options;
    const nanoseconds = start.nanoseconds + sinceStartNs + offsetNs;
    const seconds = Math.floor(nanoseconds / 1e9);
    return { seconds: start.seconds + seconds, nanoseconds: nanoseconds - seconds * 1e9 };
  }
}

function swapTimes({ sentAt, senderSentAt }: StampReply): void {
  const sent = { ...sentAt };
  Object.assign(sentAt, senderSentAt);
  Object.assign(senderSentAt, sent);
}
