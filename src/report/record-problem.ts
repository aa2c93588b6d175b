// SPDX-License-Identifier: MIT
// Whether a value from a file is a record of a measurement, with times that one can have.

import type { ProbeRecord } from '../client/probe-record.ts';

type Fields = Readonly<Record<string, unknown>>;

const isTime = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

const HAS_ROUND_TRIP = new Set<unknown>([
  'reply',
  'duplicate',
  'late',
] satisfies ProbeRecord['type'][]);
const IS_SENT = new Set<unknown>(['reply', 'timeout'] satisfies ProbeRecord['type'][]);
const HAS_PROBE = new Set<unknown>(['timeout', 'send-failed'] satisfies ProbeRecord['type'][]);
const HAS_NOTHING = new Set<unknown>([
  'corrupted',
  'stray',
  'unaltered',
] satisfies ProbeRecord['type'][]);

const OTHER_TYPES = new Set<unknown>([
  'refused',
  'host-dropped',
  'skipped',
  'held-up',
  'omitted',
] satisfies ProbeRecord['type'][]);

const ALL_TYPES = [HAS_ROUND_TRIP, HAS_PROBE, HAS_NOTHING, OTHER_TYPES];

/** A message shows no more of what stands there for a type. */
const SHOWN_CHARACTERS = 40;

/**
 * What is wrong with it, as the rest of a sentence; `undefined` for a record.
 *
 * @param streams  source ports there are
 */
export function recordProblem(value: unknown, streams: number): string | undefined {
  if (isRecord(value, streams)) return undefined;
  const { type } = (value ?? {}) as Fields;
  const isUnknown = typeof type === 'string' && !ALL_TYPES.some((types) => types.has(type));
  return isUnknown
    ? `has the unknown record type "${type.slice(0, SHOWN_CHARACTERS)}"`
    : 'is no record';
}

function isRecord(value: unknown, streams: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Fields;
  const { type, atNs, rttNs, records, datagrams, slots, delayNs } = record;
  if (!isTime(atNs)) return false;
  if (IS_SENT.has(type) && !hasSendTimes(record)) return false;
  if (HAS_ROUND_TRIP.has(type)) return isOfProbe(record, streams) && isTime(rttNs);
  if (HAS_PROBE.has(type)) return isOfProbe(record, streams);
  if (type === 'refused') return isRefusal(record);
  if (type === 'host-dropped') return isTime(datagrams);
  if (type === 'skipped') return isTime(slots);
  if (type === 'held-up') return isTime(delayNs);
  return HAS_NOTHING.has(type) || (type === 'omitted' && isTime(records));
}

function isOfProbe({ sequence, stream }: Fields, streams: number): boolean {
  return isTime(sequence) && isTime(stream) && Number(stream) < streams;
}

function hasSendTimes({ sentNs, sendErrorNs }: Fields): boolean {
  return isTime(sentNs) && isTime(sendErrorNs);
}

function isRefusal({ sequence, systemCode, from, icmpType, icmpCode }: Fields): boolean {
  const isText = (text: unknown): boolean => typeof text === 'string';
  return (
    (sequence === null || isTime(sequence)) &&
    isText(systemCode) &&
    (from === null || isText(from)) &&
    [icmpType, icmpCode].every((number) => number === null || isTime(number))
  );
}
