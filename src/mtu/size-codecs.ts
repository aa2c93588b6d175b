// SPDX-License-Identifier: MIT
// Writes and reads the probes of a search, each size by the codec of that length: a codec checks the whole payload.

import { openProtocol } from '../client/protocols/open-protocol.ts';
import type {
  ProtocolPlan,
  ReflectingProtocol,
  ReplyVerdict,
} from '../client/protocols/probe-protocol.ts';
import type { ProbeCodec, ProbeFields } from '../wire/probe.ts';
import type { WallTime } from '../wire/timestamp.ts';

/** A probe as it left. */
export interface SentProbe {
  readonly sequence: number;
  readonly payloadBytes: number;
  readonly sentAtNs: number;
}

/** What a received datagram is. */
export type Reading =
  /** A reply to this probe, complete. */
  | { readonly kind: 'reply'; readonly sequence: number; readonly number: number | null }
  /** The beginning of our probe, and nothing after it. */
  | { readonly kind: 'cut-off'; readonly sequence: number }
  | { readonly kind: 'other'; readonly verdict: ReplyVerdict };

type Codec = ProbeCodec | ReflectingProtocol;

export class SizeCodecs {
  readonly #plan: Omit<ProtocolPlan, 'payloadBytes' | 'streams'>;
  readonly #leastBytes: number;
  readonly #codecs = new Map<number, Codec>();
  readonly #fields: ProbeFields = { stream: 0, sequence: 0, intendedAtNs: 0, sentAtNs: 0 };
  #start: Readonly<WallTime> = { seconds: 0, nanoseconds: 0 };

  /** @param leastBytes  the payload of a control */
  constructor(plan: Omit<ProtocolPlan, 'payloadBytes' | 'streams'>, leastBytes: number) {
    this.#plan = plan;
    this.#leastBytes = leastBytes;
  }

  /** Call it before the first probe, with our wall clock time at the start of the clock. */
  setStart(wall: Readonly<WallTime>): void {
    this.#start = wall;
  }

  encode(view: DataView, start: number, { sequence, payloadBytes, sentAtNs }: SentProbe): void {
    const fields = { stream: 0, sequence, intendedAtNs: sentAtNs, sentAtNs };
    this.#of(payloadBytes).encode(view, fields, start);
  }

  /** @param waiting  the probes that may still be answered */
  read(view: DataView, start: number, bytes: number, waiting: readonly SentProbe[]): Reading {
    const codec = this.#codecs.get(bytes) ?? this.#of(this.#leastBytes);
    const fields = this.#fields;
    const verdict = codec.decode(view, fields, start, bytes, 0);
    if (verdict !== 'intact') return this.#readCutOff(view, start, bytes, waiting, verdict);
    const { sequence } = fields;
    if (!('reflection' in codec)) return { kind: 'reply', sequence, number: null };
    const sent = waiting.find((probe) => probe.sequence === sequence);
    // Nobody off the path knows the time to the nanosecond.
    if (sent?.sentAtNs !== fields.sentAtNs) return { kind: 'other', verdict: 'foreign' };
    const { isCopy, sequence: number } = codec.reflection;
    return { kind: 'reply', sequence, number: isCopy ? null : number };
  }

  /** The probe that an ICMP error quotes; `undefined` if it quotes too little, or none of these. */
  quoted(
    view: DataView,
    start: number,
    bytes: number,
    waiting: readonly SentProbe[],
  ): SentProbe | undefined {
    return waiting.find(
      ({ sequence, payloadBytes }) =>
        this.#of(payloadBytes).quotedSequence(view, start, bytes, 0) === sequence,
    );
  }

  #readCutOff(
    view: DataView,
    start: number,
    bytes: number,
    waiting: readonly SentProbe[],
    verdict: ReplyVerdict,
  ): Reading {
    const longer = waiting.filter(({ payloadBytes }) => payloadBytes > bytes);
    // A STAMP request is not the beginning of its reply.
    const probe =
      this.#plan.protocol === 'stamp' ? undefined : this.quoted(view, start, bytes, longer);
    if (probe === undefined) return { kind: 'other', verdict };
    return { kind: 'cut-off', sequence: probe.sequence };
  }

  #of(payloadBytes: number): Codec {
    const known = this.#codecs.get(payloadBytes);
    if (known !== undefined) return known;
    const codec = openProtocol({ ...this.#plan, payloadBytes, streams: 1 });
    if ('setStart' in codec) codec.setStart(this.#start);
    this.#codecs.set(payloadBytes, codec);
    return codec;
  }
}
