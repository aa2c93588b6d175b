// SPDX-License-Identifier: MIT
// Makes the records of a session, if there is a listener.

import type { AddressChange } from '../../socket/address-change.ts';
import type { IcmpArrival } from '../../socket/probe-channel.ts';
import type { ReflectingProtocol } from '../protocols/probe-protocol.ts';
import type { Observation } from './observation.ts';
import type { ProbeLedger } from './probe-ledger.ts';
import type { InTimeRecord, RecordListener, ReflectionTimes, SendTimes } from './probe-record.ts';

/** Times are nanoseconds since the session's start. */
export class SessionRecords {
  readonly #listener: RecordListener;
  readonly #ledger: ProbeLedger;
  readonly #reflecting: ReflectingProtocol | undefined;

  constructor(
    listener: RecordListener,
    ledger: ProbeLedger,
    reflecting: ReflectingProtocol | undefined,
  ) {
    this.#listener = listener;
    this.#ledger = ledger;
    this.#reflecting = reflecting;
  }

  /** @param isReordered  for a reply in time */
  tellArrival(seen: Observation, isReordered: boolean): void {
    const { kind: type, receivedNs: atNs, payloadBytes } = seen;
    if (type === 'reply') this.#tellReply(seen, isReordered);
    else if (type === 'duplicate' || type === 'late') this.#tellOtherReply(type, seen);
    else this.#listener({ type, atNs, payloadBytes });
  }

  tellTimeout(sequence: number, atNs: number): void {
    const stream = this.#ledger.streamOf(sequence);
    const { sentNs, sendErrorNs } = this.#sendTimesOf(sequence);
    this.#listener({ type: 'timeout', sequence, stream, atNs, sentNs, sendErrorNs });
  }

  tellSendFailure(sequence: number, systemCode: string, atNs: number): void {
    const stream = this.#ledger.streamOf(sequence);
    this.#listener({ type: 'send-failed', sequence, stream, atNs, systemCode });
  }

  /** @param sequence  of the probe that it is about, if known */
  tellIcmp(arrival: IcmpArrival, sequence: number | undefined): void {
    const { systemCode, from, icmpType, icmpCode, receivedNs } = arrival;
    const error = { systemCode, from, icmpType, icmpCode };
    this.#listener({ type: 'icmp-error', atNs: receivedNs, sequence: sequence ?? null, ...error });
  }

  /** @param atNs  time of the first slot */
  tellSkipped(slots: number, atNs: number): void {
    this.#listener({ type: 'skipped', atNs, slots });
  }

  tellHostDrops(datagrams: number, atNs: number): void {
    this.#listener({ type: 'host-dropped', atNs, datagrams });
  }

  tellStall(delayNs: number, atNs: number): void {
    this.#listener({ type: 'stall', atNs, delayNs: Math.round(delayNs) });
  }

  tellAddressChange({ atNs, from, to }: AddressChange): void {
    this.#listener({ type: 'address-changed', atNs, from, to });
  }

  #tellReply(seen: Observation, isReordered: boolean): void {
    const { sequence, stream, atNs, rttNs } = seen;
    const { sentNs, sendErrorNs } = this.#sendTimesOf(sequence);
    const record: InTimeRecord = {
      type: 'reply',
      sequence,
      stream,
      atNs,
      rttNs,
      isReordered,
      sentNs,
      sendErrorNs,
    };
    const times = this.#reflectionTimesOf(seen);
    this.#listener(times === undefined ? record : { ...record, ...times });
  }

  #tellOtherReply(type: 'duplicate' | 'late', seen: Observation): void {
    const { sequence, stream, atNs, rttNs } = seen;
    const record = { type, sequence, stream, atNs, rttNs };
    const times = this.#reflectionTimesOf(seen);
    this.#listener(times === undefined ? record : { ...record, ...times });
  }

  #sendTimesOf(sequence: number): SendTimes {
    const sentNs = this.#ledger.sentNsOf(sequence);
    const sendErrorNs = Math.round(sentNs - this.#ledger.intendedNsOf(sequence));
    return { sentNs: Math.round(sentNs), sendErrorNs };
  }

  /** `undefined` if nothing is known. */
  #reflectionTimesOf(seen: Observation): ReflectionTimes | undefined {
    const { residenceNs, forwardNs, backwardNs } = seen;
    if (this.#reflecting === undefined || Number.isNaN(residenceNs)) return undefined;
    const zeroNs = this.#reflecting.clockZeroNs;
    return {
      residenceNs,
      forwardDelayNs: zeroNs === undefined ? null : forwardNs + zeroNs,
      backwardDelayNs: zeroNs === undefined ? null : backwardNs - zeroNs,
    };
  }
}
