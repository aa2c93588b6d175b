// SPDX-License-Identifier: MIT
// Records as numbers, many in one message: a thread that measures can't spend its time on objects, and
// must not fill the memory of one that listens too slowly.

import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type {
  ProbeRecord,
  RecordListener,
  ReflectionTimes,
  SendTimes,
} from '../session/probe-record.ts';
import type { Refusal } from '../session/refusal-table.ts';

/** What one message holds. */
export interface PackedRecords {
  /** `FIELDS` numbers for each record. */
  readonly numbers: Float64Array;
  readonly records: number;
  /** The ICMP errors that records point to. */
  readonly refusals: readonly Refusal[];
}

/**
 * Type, time, sequence, stream, two that depend on the type, what the other end told of times, and when the
 * probe was sent.
 */
const FIELDS = 11;

/** Records in one message. */
const CAPACITY = 1024;

/** Messages on their way beyond which records are left out: 22 MiB. */
const MAX_MESSAGES = 256;

const TYPES = [
  'reply',
  'duplicate',
  'late',
  'timeout',
  'send-failed',
  'corrupted',
  'stray',
  'unaltered',
  'refused',
  'host-dropped',
  'skipped',
  'held-up',
  'omitted',
] as const satisfies readonly ProbeRecord['type'][];

const NONE = -1;

/** Of a time, which may be below zero. */
const UNKNOWN = NaN;

/** The cell of messages on their way, shared by both ends. */
export function messageCount(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

export class RecordPacker {
  readonly #onWay: Int32Array;
  readonly #post: (packed: PackedRecords) => void;
  #numbers = new Float64Array(CAPACITY * FIELDS);
  #records = 0;
  #refusals: Refusal[] = [];
  #omitted = 0;

  /** @param onWay  from `messageCount` */
  constructor(onWay: Int32Array, post: (packed: PackedRecords) => void) {
    this.#onWay = onWay;
    this.#post = post;
  }

  readonly pack = (record: ProbeRecord): void => {
    // One place is kept for the record that tells how many were left out.
    if (this.#records === CAPACITY - 1) this.flush();
    this.#write(record);
  };

  /** Hands on what there is, unless too much is on its way: then that is left out, and counted. */
  flush(): void {
    if (this.#records === 0 && this.#omitted === 0) return;
    if (Atomics.load(this.#onWay, 0) < MAX_MESSAGES) {
      this.flushAnyway();
      return;
    }
    this.#omitted += this.#records;
    this.#records = 0;
    this.#refusals = [];
  }

  /** Hands on what there is, however much is on its way. Once, at the end. */
  flushAnyway(): void {
    if (this.#omitted > 0) {
      const atNs = this.#records === 0 ? 0 : this.#numbers[1]!;
      this.#write({ type: 'omitted', atNs, records: this.#omitted });
      this.#omitted = 0;
    }
    if (this.#records === 0) return;
    const numbers = this.#numbers.slice(0, this.#records * FIELDS);
    Atomics.add(this.#onWay, 0, 1);
    this.#post({ numbers, records: this.#records, refusals: this.#refusals });
    this.#records = 0;
    this.#refusals = [];
  }

  #write(record: ProbeRecord): void {
    const at = this.#records++ * FIELDS;
    this.#numbers[at] = TYPES.indexOf(record.type);
    this.#numbers[at + 1] = record.atNs;
    this.#numbers[at + 2] = 'sequence' in record ? (record.sequence ?? NONE) : NONE;
    this.#numbers[at + 3] = 'stream' in record ? record.stream : NONE;
    this.#numbers[at + 4] = this.#valueOf(record);
    this.#numbers[at + 5] = record.type === 'reply' && record.isReordered ? 1 : 0;
    this.#writeTimes(record, at);
    const isSent = record.type === 'reply' || record.type === 'timeout';
    this.#numbers[at + 9] = isSent ? record.sentNs : UNKNOWN;
    this.#numbers[at + 10] = isSent ? record.sendErrorNs : UNKNOWN;
  }

  #writeTimes(record: ProbeRecord, at: number): void {
    const hasTimes = 'residenceNs' in record;
    this.#numbers[at + 6] = hasTimes ? record.residenceNs : UNKNOWN;
    this.#numbers[at + 7] = hasTimes ? (record.forwardDelayNs ?? UNKNOWN) : UNKNOWN;
    this.#numbers[at + 8] = hasTimes ? (record.backwardDelayNs ?? UNKNOWN) : UNKNOWN;
  }

  #valueOf(record: ProbeRecord): number {
    switch (record.type) {
      case 'reply':
      case 'duplicate':
      case 'late':
        return record.rttNs;
      case 'timeout':
        return NONE;
      case 'send-failed':
        return errnoOf(record.systemCode);
      case 'corrupted':
      case 'stray':
      case 'unaltered':
        return record.payloadBytes;
      case 'host-dropped':
        return record.datagrams;
      case 'skipped':
        return record.slots;
      case 'held-up':
        return record.delayNs;
      case 'omitted':
        return record.records;
      case 'refused':
        return this.#placeOf(record);
    }
  }

  /** The place of an ICMP error among those of this message; most are like the one before. */
  #placeOf({ systemCode, from, icmpType, icmpCode }: Refusal): number {
    const isSame = (other: Refusal): boolean =>
      other.systemCode === systemCode &&
      other.from === from &&
      other.icmpType === icmpType &&
      other.icmpCode === icmpCode;
    const known = this.#refusals.findLastIndex(isSame);
    if (known >= 0) return known;
    return this.#refusals.push({ systemCode, from, icmpType, icmpCode }) - 1;
  }
}

/** Hands each record of a message to the listener. */
export function unpackRecords(
  { numbers, records, refusals }: PackedRecords,
  onWay: Int32Array,
  listener: RecordListener,
): void {
  Atomics.sub(onWay, 0, 1);
  for (let record = 0; record < records; record++) {
    listener(unpack(numbers, record * FIELDS, refusals));
  }
}

function unpack(numbers: Float64Array, at: number, refusals: readonly Refusal[]): ProbeRecord {
  const type = TYPES[numbers[at]!]!;
  const atNs = numbers[at + 1]!;
  const sequence = numbers[at + 2]!;
  const stream = numbers[at + 3]!;
  const value = numbers[at + 4]!;
  switch (type) {
    case 'reply':
      return {
        ...{ type, sequence, stream, atNs, rttNs: value, isReordered: numbers[at + 5] === 1 },
        ...sendTimesOf(numbers, at),
        ...timesOf(numbers, at),
      };
    case 'duplicate':
    case 'late':
      return { type, sequence, stream, atNs, rttNs: value, ...timesOf(numbers, at) };
    case 'timeout':
      return { type, sequence, stream, atNs, ...sendTimesOf(numbers, at) };
    case 'send-failed':
      return { type, sequence, stream, atNs, systemCode: systemCodeOf(value) };
    case 'corrupted':
    case 'stray':
    case 'unaltered':
      return { type, atNs, payloadBytes: value };
    case 'host-dropped':
      return { type, atNs, datagrams: value };
    case 'skipped':
      return { type, atNs, slots: value };
    case 'held-up':
      return { type, atNs, delayNs: value };
    case 'omitted':
      return { type, atNs, records: value };
    case 'refused':
      return { type, atNs, sequence: sequence === NONE ? null : sequence, ...refusals[value]! };
  }
}

function sendTimesOf(numbers: Float64Array, at: number): SendTimes {
  return { sentNs: numbers[at + 9]!, sendErrorNs: numbers[at + 10]! };
}

function timesOf(numbers: Float64Array, at: number): Partial<ReflectionTimes> {
  const residenceNs = numbers[at + 6]!;
  if (Number.isNaN(residenceNs)) return {};
  const forwardDelayNs = knownOrNull(numbers[at + 7]!);
  return { residenceNs, forwardDelayNs, backwardDelayNs: knownOrNull(numbers[at + 8]!) };
}

function knownOrNull(ns: number): number | null {
  return Number.isNaN(ns) ? null : ns;
}

function errnoOf(systemCode: string): number {
  return (constants.errno as Readonly<Record<string, number>>)[systemCode] ?? 0;
}

function systemCodeOf(errno: number): string {
  return errno === 0 ? 'UNKNOWN' : getSystemErrorName(-errno);
}
