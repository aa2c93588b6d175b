// SPDX-License-Identifier: MIT
// Records of a measurement as data, one per line: JSON, or CSV with the units in its header (RFC 4180, but with the
// line ends of this system's other text).

import type { ProbeRecord } from '../client/session/probe-record.ts';
import type { SessionResult, SessionStart } from '../client/session/session-result.ts';

/** One record as JSON. It is copied only if necessary, because a copy costs more than the text. */
export function recordJson(record: ProbeRecord): string {
  if (Number.isInteger(record.atNs)) return JSON.stringify(record);
  return JSON.stringify({ ...record, atNs: Math.round(record.atNs) });
}

/** The first line of the JSON: settings, target, and source ports in the order of streams. */
export function startJson(start: SessionStart, sourcePorts: readonly number[]): string {
  return JSON.stringify({ type: 'session', ...start, sourcePorts });
}

/** The last line of the JSON; a file without it is truncated. */
export function resultJson(result: SessionResult): string {
  return JSON.stringify({ type: 'result', result });
}

/** The columns of the CSV after the first two, which every record has. */
const CSV_FIELDS = [
  'sequence',
  'stream',
  'rttNs',
  'isReordered',
  'systemCode',
  'from',
  'icmpType',
  'icmpCode',
  'payloadBytes',
  'records',
  'datagrams',
  'residenceNs',
  'forwardDelayNs',
  'backwardDelayNs',
  'sentNs',
  'sendErrorNs',
  'slots',
  'delayNs',
  'to',
];

/** The first line of the CSV. */
export const RECORD_CSV_HEADER = ['type', 'atNs', ...CSV_FIELDS].map(snakeCase).join(',');

/** One record as CSV; missing values are empty. No value of ours needs quoting. */
export function recordCsv(record: ProbeRecord): string {
  const fields: Readonly<Record<string, string | number | boolean | null>> = { ...record };
  const values = CSV_FIELDS.map((name) => fields[name] ?? '');
  return [record.type, Math.round(record.atNs), ...values].join(',');
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
