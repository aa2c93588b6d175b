// SPDX-License-Identifier: MIT
// Converts a record to a row of numbers, and back. Each number has its own column, whose name and position are defined
// only here.

import type {
  DuplicateRecord,
  InTimeRecord,
  LateRecord,
  ProbeRecord,
  ReflectionTimes,
} from '../session/probe-record.ts';

/** Columns; a column that a kind of record does not use keeps its old contents. */
const COLUMN = {
  /** Index in `TYPES`. */
  type: 0,
  atNs: 1,
  /** -1 if unknown. */
  sequence: 2,
  stream: 3,
  rttNs: 4,
  /** 1 or 0. */
  isReordered: 5,
  sentNs: 6,
  sendErrorNs: 7,
  /** NaN if the other end does not report it. */
  residenceNs: 8,
  /** NaN if its clock has its own zero. */
  forwardDelayNs: 9,
  backwardDelayNs: 10,
  /** Index in the texts beside the rows; `from` is -1 if unknown. */
  systemCode: 4,
  from: 5,
  /** Another index in the texts. */
  to: 4,
  /** -1 if the system does not report it. */
  icmpType: 6,
  icmpCode: 7,
  payloadBytes: 4,
  /** Datagrams, slots or records, depending on the kind of record. */
  amount: 4,
  delayNs: 4,
} as const;

/** Numbers in a row. */
export const ROW_NUMBERS = 11;

const TYPES = [
  'reply',
  'duplicate',
  'late',
  'timeout',
  'send-failed',
  'corrupted',
  'stray',
  'unaltered',
  'icmp-error',
  'host-dropped',
  'skipped',
  'stall',
  'address-changed',
  'omitted',
] as const satisfies readonly ProbeRecord['type'][];

const NONE = -1;

/** Consecutive rows. */
export interface Rows {
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Error names and addresses that rows refer to. There are few, because most equal the previous one. */
  readonly texts: string[];
}

/** Writes a record into the row that begins at index `at`. */
export function writeRow(rows: Rows, at: number, record: ProbeRecord): void {
  const { numbers, texts } = rows;
  numbers[at + COLUMN.type] = TYPES.indexOf(record.type);
  numbers[at + COLUMN.atNs] = Math.round(record.atNs);
  switch (record.type) {
    case 'reply':
      writeReply(numbers, at, record);
      numbers[at + COLUMN.isReordered] = record.isReordered ? 1 : 0;
      numbers[at + COLUMN.sentNs] = record.sentNs;
      numbers[at + COLUMN.sendErrorNs] = record.sendErrorNs;
      return;
    case 'duplicate':
    case 'late':
      writeReply(numbers, at, record);
      return;
    case 'timeout':
      writeProbe(numbers, at, record);
      numbers[at + COLUMN.sentNs] = record.sentNs;
      numbers[at + COLUMN.sendErrorNs] = record.sendErrorNs;
      return;
    case 'send-failed':
      writeProbe(numbers, at, record);
      numbers[at + COLUMN.systemCode] = placeOf(record.systemCode, texts);
      return;
    case 'icmp-error':
      numbers[at + COLUMN.sequence] = record.sequence ?? NONE;
      numbers[at + COLUMN.systemCode] = placeOf(record.systemCode, texts);
      numbers[at + COLUMN.from] = record.from === null ? NONE : placeOf(record.from, texts);
      numbers[at + COLUMN.icmpType] = record.icmpType ?? NONE;
      numbers[at + COLUMN.icmpCode] = record.icmpCode ?? NONE;
      return;
    case 'address-changed':
      numbers[at + COLUMN.from] = placeOf(record.from, texts);
      numbers[at + COLUMN.to] = placeOf(record.to, texts);
      return;
    default:
      writeAmount(numbers, at, record);
  }
}

/** The record of the row that begins at index `at`. It uses literals, because spreads cost several times as much. */
export function readRow({ numbers, texts }: Rows, at: number): ProbeRecord {
  const type = TYPES[numbers[at + COLUMN.type]!]!;
  const atNs = numbers[at + COLUMN.atNs]!;
  switch (type) {
    case 'reply':
      return readInTime(numbers, at);
    case 'duplicate':
    case 'late':
      return readReply(numbers, at, type);
    case 'timeout': {
      const sequence = numbers[at + COLUMN.sequence]!;
      const stream = numbers[at + COLUMN.stream]!;
      const sentNs = numbers[at + COLUMN.sentNs]!;
      return {
        type,
        sequence,
        stream,
        atNs,
        sentNs,
        sendErrorNs: numbers[at + COLUMN.sendErrorNs]!,
      };
    }
    case 'send-failed': {
      const sequence = numbers[at + COLUMN.sequence]!;
      const stream = numbers[at + COLUMN.stream]!;
      return { type, sequence, stream, atNs, systemCode: texts[numbers[at + COLUMN.systemCode]!]! };
    }
    case 'icmp-error':
      return {
        type,
        atNs,
        sequence: knownOrNull(numbers[at + COLUMN.sequence]!),
        systemCode: texts[numbers[at + COLUMN.systemCode]!]!,
        from: texts[numbers[at + COLUMN.from]!] ?? null,
        icmpType: knownOrNull(numbers[at + COLUMN.icmpType]!),
        icmpCode: knownOrNull(numbers[at + COLUMN.icmpCode]!),
      };
    case 'address-changed':
      return {
        type,
        atNs,
        from: texts[numbers[at + COLUMN.from]!]!,
        to: texts[numbers[at + COLUMN.to]!]!,
      };
    default:
      return readAmount(numbers, at, type);
  }
}

type OfAmount = Exclude<
  ProbeRecord,
  { readonly sequence: unknown } | { readonly type: 'address-changed' }
>;

function writeAmount(numbers: Float64Array, at: number, record: OfAmount): void {
  switch (record.type) {
    case 'corrupted':
    case 'stray':
    case 'unaltered':
      numbers[at + COLUMN.payloadBytes] = record.payloadBytes;
      return;
    case 'host-dropped':
      numbers[at + COLUMN.amount] = record.datagrams;
      return;
    case 'skipped':
      numbers[at + COLUMN.amount] = record.slots;
      return;
    case 'omitted':
      numbers[at + COLUMN.amount] = record.records;
      return;
    case 'stall':
      numbers[at + COLUMN.delayNs] = record.delayNs;
  }
}

function readAmount(numbers: Float64Array, at: number, type: OfAmount['type']): OfAmount {
  const atNs = numbers[at + COLUMN.atNs]!;
  switch (type) {
    case 'corrupted':
    case 'stray':
    case 'unaltered':
      return { type, atNs, payloadBytes: numbers[at + COLUMN.payloadBytes]! };
    case 'host-dropped':
      return { type, atNs, datagrams: numbers[at + COLUMN.amount]! };
    case 'skipped':
      return { type, atNs, slots: numbers[at + COLUMN.amount]! };
    case 'omitted':
      return { type, atNs, records: numbers[at + COLUMN.amount]! };
    case 'stall':
      return { type, atNs, delayNs: numbers[at + COLUMN.delayNs]! };
  }
}

function writeProbe(
  numbers: Float64Array,
  at: number,
  { sequence, stream }: { readonly sequence: number; readonly stream: number },
): void {
  numbers[at + COLUMN.sequence] = sequence;
  numbers[at + COLUMN.stream] = stream;
}

function writeReply(
  numbers: Float64Array,
  at: number,
  record: InTimeRecord | DuplicateRecord | LateRecord,
): void {
  writeProbe(numbers, at, record);
  const { rttNs, residenceNs, forwardDelayNs, backwardDelayNs } = record;
  numbers[at + COLUMN.rttNs] = rttNs;
  numbers[at + COLUMN.residenceNs] = residenceNs ?? NaN;
  numbers[at + COLUMN.forwardDelayNs] = forwardDelayNs ?? NaN;
  numbers[at + COLUMN.backwardDelayNs] = backwardDelayNs ?? NaN;
}

function readInTime(numbers: Float64Array, at: number): InTimeRecord {
  const record = {
    type: 'reply',
    sequence: numbers[at + COLUMN.sequence]!,
    stream: numbers[at + COLUMN.stream]!,
    atNs: numbers[at + COLUMN.atNs]!,
    rttNs: numbers[at + COLUMN.rttNs]!,
    isReordered: numbers[at + COLUMN.isReordered] === 1,
    sentNs: numbers[at + COLUMN.sentNs]!,
    sendErrorNs: numbers[at + COLUMN.sendErrorNs]!,
  } as const;
  const times = readReflection(numbers, at);
  return times === undefined ? record : Object.assign(record, times);
}

function readReply(
  numbers: Float64Array,
  at: number,
  type: 'duplicate' | 'late',
): DuplicateRecord | LateRecord {
  const record = {
    type,
    sequence: numbers[at + COLUMN.sequence]!,
    stream: numbers[at + COLUMN.stream]!,
    atNs: numbers[at + COLUMN.atNs]!,
    rttNs: numbers[at + COLUMN.rttNs]!,
  };
  const times = readReflection(numbers, at);
  return times === undefined ? record : Object.assign(record, times);
}

function readReflection(numbers: Float64Array, at: number): ReflectionTimes | undefined {
  const residenceNs = numbers[at + COLUMN.residenceNs]!;
  if (Number.isNaN(residenceNs)) return undefined;
  return {
    residenceNs,
    forwardDelayNs: delayOrNull(numbers[at + COLUMN.forwardDelayNs]!),
    backwardDelayNs: delayOrNull(numbers[at + COLUMN.backwardDelayNs]!),
  };
}

function knownOrNull(number: number): number | null {
  return number === NONE ? null : number;
}

function delayOrNull(ns: number): number | null {
  return Number.isNaN(ns) ? null : ns;
}

function placeOf(text: string, texts: string[]): number {
  const known = texts.lastIndexOf(text);
  return known >= 0 ? known : texts.push(text) - 1;
}
