// Plays a measurement through Session on a made-up clock: no socket, no timer, no waiting.

import assert from 'node:assert/strict';
import type { ProbeRecord } from '../../src/client/session/probe-record.ts';
import type { IcmpError } from '../../src/client/session/icmp-error-table.ts';
import { Session, type SessionSummary } from '../../src/client/session/session.ts';
import type { SessionPlan } from '../../src/client/session/session-plan.ts';
import type { DatagramCounts } from '../../src/client/session/session-result.ts';
import type { SocketAddress } from '../../src/socket/ip-address.ts';
import { UNKNOWN_NS, type Arrival } from '../../src/socket/probe-channel.ts';
import type { EchogramSummary } from '../../src/stats/echogram.ts';
import { ProbeCodec } from '../../src/wire/probe.ts';

export const MADE_PLAN: SessionPlan = {
  schedule: 'periodic',
  intervalNs: 1e9,
  count: Infinity,
  durationNs: Infinity,
  timeoutNs: 1e9,
  rttLimitsNs: [],
  hasPicture: true,
  payloadBytes: 64,
  streams: 1,
  nonce: [0x0123_4567, 0x89ab_cdef],
  protocol: 'echo',
  key: undefined,
};

/** What happens to one probe. */
export interface ProbeFate {
  /** When its replies come, in nanoseconds after it was sent. */
  readonly repliesNs?: readonly number[];
  /** The system's error, if it could not be sent. */
  readonly sendError?: string;
}

export class MadeSession {
  readonly plan: SessionPlan;
  readonly session: Session;
  readonly records: ProbeRecord[] = [];
  nowNs = 0;

  constructor(plan: Partial<SessionPlan> = {}) {
    this.plan = { ...MADE_PLAN, ...plan };
    this.session = new Session(this.plan, (record) => this.records.push(record));
  }

  /** Sends the probe that is due at `atNs`; its bytes, or `undefined` if none is. */
  send(atNs = this.nowNs): Uint8Array | undefined {
    this.nowNs = atNs;
    const bytes = new Uint8Array(this.plan.payloadBytes);
    return this.session.prepare(atNs, viewOf(bytes)) === undefined ? undefined : bytes;
  }

  /** Sends one probe at each of its times, and returns their bytes. */
  sendAll(count: number): readonly Uint8Array[] {
    return Array.from({ length: count }, () => {
      return this.send(this.session.nextSendNs) ?? assert.fail('no probe was due');
    });
  }

  /** A datagram comes. */
  receive(bytes: Uint8Array, atNs = this.nowNs, kernelNs = NaN): void {
    this.nowNs = atNs;
    this.session.receive(arrivalOf(bytes, atNs, kernelNs));
  }

  /** An ICMP error comes, and quotes so much of a probe. */
  receiveIcmp(
    error: IcmpError,
    atNs: number,
    quoted: Uint8Array = new Uint8Array(0),
    { port = 0, beforeTicket = 0 } = {},
  ): void {
    const quote = { view: viewOf(quoted), start: 0, quotedBytes: quoted.length, beforeTicket };
    this.session.receiveIcmp({
      ...error,
      port,
      peer: 0,
      receivedNs: atNs,
      nextHopMtu: null,
      ...quote,
    });
  }

  /** The round-trip time that the latest record tells. */
  get latestRttNs(): number | undefined {
    const record = this.records.at(-1);
    return record !== undefined && 'rttNs' in record ? record.rttNs : undefined;
  }

  /** Time passes. */
  sweep(atNs: number): void {
    this.nowNs = atNs;
    this.session.sweep(atNs);
  }

  /** Lets every timeout pass and returns the result. */
  end(): ReturnType<MadeSession['summary']> {
    this.session.stop();
    for (let atNs = this.session.nextTimeoutNs; atNs !== undefined;) {
      this.sweep(atNs + 1);
      atNs = this.session.nextTimeoutNs;
    }
    this.session.sweep(this.nowNs);
    assert.ok(this.session.isOver);
    return this.summary();
  }

  summary(): SessionSummary & { readonly echogram: EchogramSummary } {
    const ports = Array.from({ length: this.plan.streams }, (_, index) => index);
    const { echogram, ...summary } = this.session.summary(ports);
    assert.ok(echogram !== null);
    return { ...summary, echogram };
  }

  /** What the records said of probe after probe, such as `['reply 1', 'timeout 0']`. */
  get fates(): readonly string[] {
    return this.records.map((record) =>
      'sequence' in record ? `${record.type} ${record.sequence}` : record.type,
    );
  }
}

/** A probe of the session that was never sent. */
export function unsentProbe({ plan }: MadeSession, sequence: number): Uint8Array {
  const bytes = new Uint8Array(plan.payloadBytes);
  const fields = { stream: 0, sequence, intendedAtNs: 0, sentAtNs: 0 };
  new ProbeCodec(plan.nonce, plan.payloadBytes).encode(viewOf(bytes), fields);
  return bytes;
}

/**
 * Plays probes that are sent on time, each with its fate, in the order in which things happen, and
 * calls `check` after each step.
 */
export function play(
  plan: Partial<SessionPlan>,
  fates: readonly ProbeFate[],
  check: (made: MadeSession) => void = () => undefined,
): MadeSession {
  const made = new MadeSession({ ...plan, count: fates.length });
  const replies: { readonly bytes: Uint8Array; readonly atNs: number }[] = [];
  const step = (untilNs: number): void => {
    for (;;) {
      const next = replies[0];
      const timeoutNs = made.session.nextTimeoutNs ?? Infinity;
      const atNs = Math.min(next?.atNs ?? Infinity, timeoutNs + 1);
      if (atNs > untilNs || atNs === Infinity) return;
      // What is there is read before anything is given up.
      if (next?.atNs === atNs) made.receive(replies.shift()!.bytes, atNs);
      else made.sweep(atNs);
      check(made);
    }
  };
  for (const { repliesNs = [], sendError } of fates) {
    step(made.session.nextSendNs!);
    const [bytes] = made.sendAll(1);
    if (sendError !== undefined) {
      made.session.failSend(made.session.lastSequence, sendError, made.nowNs);
    }
    for (const delayNs of repliesNs) replies.push({ bytes: bytes!, atNs: made.nowNs + delayNs });
    // A stable sort: of two at one time, the one sent first comes first.
    replies.sort((a, b) => a.atNs - b.atNs);
    check(made);
  }
  step(Infinity);
  made.session.sweep(made.nowNs);
  check(made);
  return made;
}

/** Counts beside those of a session in which nothing happened. */
export function counts(given: Partial<DatagramCounts>): DatagramCounts {
  return {
    sent: 0,
    sendFailed: 0,
    received: 0,
    lost: 0,
    late: 0,
    duplicate: 0,
    reordered: 0,
    corrupted: 0,
    icmpErrors: 0,
    stray: 0,
    lossRatio: 0,
    ...given,
  };
}

/** A datagram from the address and port that the session asks. */
export function arrivalOf(
  bytes: Uint8Array,
  receivedNs: number,
  kernelReceivedNs = UNKNOWN_NS,
  port = 0,
): Arrival {
  const place = { view: viewOf(bytes), start: 0, payloadBytes: bytes.length, port, peer: 0 };
  const sender = (): SocketAddress => ({ address: '192.0.2.7', port: 7 });
  return { ...place, receivedNs, kernelReceivedNs, fragmentBytes: NaN, sender };
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
