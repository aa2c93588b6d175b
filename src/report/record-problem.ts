// SPDX-License-Identifier: MIT
// Whether a value from a file is a record of a measurement, with times that one can have.

import type { ProbeRecord } from '../client/probe-record.ts';

type Fields = Readonly<Record<string, unknown>>;

const isTime = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

type Check = (record: Fields, streams: number) => boolean;

/** What a record of each type has beside its time. */
const CHECKS: Readonly<Record<ProbeRecord['type'], Check>> = {
  reply: (record, streams) => hasRoundTrip(record, streams) && hasSendTimes(record),
  duplicate: hasRoundTrip,
  late: hasRoundTrip,
  timeout: (record, streams) => isOfProbe(record, streams) && hasSendTimes(record),
  'send-failed': isOfProbe,
  corrupted: () => true,
  stray: () => true,
  unaltered: () => true,
  refused: isRefusal,
  'host-dropped': ({ datagrams }) => isTime(datagrams),
  skipped: ({ slots }) => isTime(slots),
  'held-up': ({ delayNs }) => isTime(delayNs),
  omitted: ({ records }) => isTime(records),
};

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
  return typeof type === 'string' && !isType(type)
    ? `has the unknown record type "${type.slice(0, SHOWN_CHARACTERS)}"`
    : 'is no record';
}

function isRecord(value: unknown, streams: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Fields;
  const { type, atNs } = record;
  return isType(type) && isTime(atNs) && CHECKS[type](record, streams);
}

/** Not what every object has, such as `constructor`. */
function isType(type: unknown): type is ProbeRecord['type'] {
  return typeof type === 'string' && Object.hasOwn(CHECKS, type);
}

function hasRoundTrip(record: Fields, streams: number): boolean {
  return isOfProbe(record, streams) && isTime(record['rttNs']);
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
