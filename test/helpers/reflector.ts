// Reflectors in this process, on 127.0.0.1, made of the codecs alone: what they number and when they
// answer is what a test says.

import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { timeAfter, wallTimeAt } from '../../src/socket/portable/wall-time.ts';
import { monotonicNs } from '../../src/time.ts';
import { STAMP_LAYOUT, type StampMode } from '../../src/wire/stamp.ts';
import { decodeStampRequest, encodeStampReply } from './stamp-codec.ts';
import { StampKey } from '../../src/wire/stamp-hmac.ts';
import { encodeErrorEstimate, type WallTime } from '../../src/wire/timestamp.ts';
import { fillUdpEchoPlus } from '../../src/wire/udp-echo-plus.ts';
import { emptyRequest, viewOf } from './stamp.ts';

export interface ReflectorOptions {
  /** Numbers its replies itself, from 0 for each port that asks; else it repeats the request's number. */
  readonly isStateful?: boolean;
  readonly key?: Uint8Array;
  /** With which it signs; `key` unless given. */
  readonly replyKey?: Uint8Array;
  /** What its clock is ahead of this host's. */
  readonly aheadSeconds?: number;
  /** How long it says that it kept a packet. */
  readonly residenceNs?: number;
  /** How long it keeps a packet. */
  readonly holdMs?: number;
  readonly isSynchronised?: boolean;
  /** Its number of the first reply. */
  readonly firstNumber?: number;
  /** Leaves the SSID zero, as one that knows RFC 8762 alone. */
  readonly hasNoSsid?: boolean;
}

/** A socket that answers each datagram with what `answer` makes of it. */
abstract class Answering implements AsyncDisposable {
  /** While true it counts requests, and their replies are lost on the way back. */
  isMute = false;
  readonly #socket = createSocket('udp4');

  protected constructor() {
    this.#socket.on('message', (payload, from) => {
      this.onRequest(payload, from);
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  protected reply(reply: Uint8Array, port: number): void {
    if (!this.isMute) this.#socket.send(reply, port, '127.0.0.1');
  }

  protected async bind(): Promise<this> {
    this.#socket.bind(0, '127.0.0.1');
    await once(this.#socket, 'listening');
    return this;
  }

  protected abstract onRequest(payload: Buffer, from: RemoteInfo): void;
}

export class MadeStampReflector extends Answering {
  readonly #options: ReflectorOptions;
  readonly #key: StampKey | undefined;
  readonly #replyKey: StampKey | undefined;
  readonly #mode: StampMode;
  readonly #next = new Map<number, number>();
  /** Its clock at zero of the monotonic one: a packet's two times are as far apart as on that. */
  readonly #atZero = wallTimeAt(0);
  #answered = 0;

  static async open(options: ReflectorOptions): Promise<MadeStampReflector> {
    return await new MadeStampReflector(options).bind();
  }

  private constructor(options: ReflectorOptions) {
    super();
    this.#options = options;
    this.#key = options.key === undefined ? undefined : new StampKey(options.key);
    const { replyKey = options.key } = options;
    this.#replyKey = replyKey === undefined ? undefined : new StampKey(replyKey);
    this.#mode = options.key === undefined ? 'unauthenticated' : 'authenticated';
  }

  /** As one that was restarted. */
  restart(): void {
    this.#next.clear();
    this.#answered = 0;
  }

  /** Requests that it has answered, or will, since it was restarted. */
  get answered(): number {
    return this.#answered;
  }

  protected onRequest(payload: Buffer, { port }: RemoteInfo): void {
    const receivedAt = this.#now();
    const request = emptyRequest();
    if (this.#key?.verifiesPacket(payload, 0) === false) return;
    const { length } = payload;
    if (decodeStampRequest(viewOf(payload), 0, length, this.#mode, request) !== 'intact') return;
    const { isStateful = true, firstNumber = 0, residenceNs, holdMs } = this.#options;
    const next = this.#next.get(port) ?? firstNumber;
    this.#next.set(port, next + 1);
    this.#answered++;
    const reply = Buffer.alloc(Math.max(length, STAMP_LAYOUT[this.#mode].bytes));
    payload.copy(reply);
    const answer = (): void => {
      const now = this.#now();
      const sentAt =
        residenceNs === undefined
          ? now
          : timeAfter(receivedAt.seconds, receivedAt.nanoseconds + residenceNs);
      encodeStampReply(viewOf(reply), 0, this.#mode, {
        sequence: isStateful ? next : request.sequence,
        sentAt,
        receivedAt,
        senderSequence: request.sequence,
        senderSentAt: request.sentAt,
        senderErrorEstimate: request.errorEstimate,
        senderTtl: 64,
        ssid: this.#options.hasNoSsid === true ? 0 : request.ssid,
        errorEstimate: encodeErrorEstimate({
          isSynchronised: this.#options.isSynchronised ?? false,
          format: 'ntp',
          errorSeconds: 0.001,
        }),
      });
      this.#replyKey?.signPacket(reply, 0);
      this.reply(reply, port);
    };
    if (holdMs === undefined) answer();
    else setTimeout(answer, holdMs);
  }

  #now(): WallTime {
    const { seconds, nanoseconds } = this.#atZero;
    const { aheadSeconds = 0 } = this.#options;
    return timeAfter(seconds + aheadSeconds, nanoseconds + monotonicNs());
  }
}

export class MadeUdpEchoPlus extends Answering {
  readonly #holdMs: number | undefined;
  #next: number;
  readonly #failEvery: number;
  #received = 0;
  #failures = 0;

  /**
   * @param firstNumber  its number of the first reply
   * @param failEvery    it fails to answer each request so many after another, and says so
   */
  static async open({
    firstNumber = 1,
    holdMs,
    failEvery = Infinity,
  }: {
    firstNumber?: number;
    holdMs?: number;
    failEvery?: number;
  } = {}): Promise<MadeUdpEchoPlus> {
    return await new MadeUdpEchoPlus(firstNumber, holdMs, failEvery).bind();
  }

  private constructor(firstNumber: number, holdMs: number | undefined, failEvery: number) {
    super();
    this.#next = firstNumber;
    this.#holdMs = holdMs;
    this.#failEvery = failEvery;
  }

  protected onRequest(payload: Buffer, { port }: RemoteInfo): void {
    const recvTimestampUs = nowUs();
    if (++this.#received % this.#failEvery === 0) {
      this.#failures++;
      return;
    }
    const testRespSn = this.#next++;
    const replyFailureCount = this.#failures;
    const answer = (): void => {
      const replyTimestampUs = nowUs();
      const response = { testRespSn, recvTimestampUs, replyTimestampUs, replyFailureCount };
      fillUdpEchoPlus(viewOf(payload), 0, response);
      this.reply(payload, port);
    };
    if (this.#holdMs === undefined) answer();
    else setTimeout(answer, this.#holdMs);
  }
}

/** Of a counter that began somewhere, and is about to wrap. */
function nowUs(): number {
  return 2 ** 32 - 1_000_000 + Math.floor(monotonicNs() / 1000);
}
