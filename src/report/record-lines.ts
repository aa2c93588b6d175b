// SPDX-License-Identifier: MIT
// Records of a measurement as data, one a line: JSON, or CSV with the units in its header (RFC 4180,
// with the line ends of this system's other text).

import type { ProbeRecord } from '../client/session/probe-record.ts';
import type { SessionResult, SessionStart } from '../client/session/session-result.ts';

/** One record as JSON. */
export function recordJson(record: ProbeRecord): string {
  return JSON.stringify({ ...record, atNs: Math.round(record.atNs) });
}

/** The first line of the JSON: what was asked of whom, and from which ports in the order of streams. */
export function startJson(start: SessionStart, sourcePorts: readonly number[]): string {
  return JSON.stringify({ type: 'session', ...start, sourcePorts });
}

/** The last line of the JSON; a file without it was cut short. */
export function resultJson(result: SessionResult): string {
  return JSON.stringify({ type: 'result', result });
}

/** The first line of the CSV. */
export const RECORD_CSV_HEADER =
  'type,at_ns,sequence,stream,rtt_ns,is_reordered,system_code,from,icmp_type,icmp_code,payload_bytes,records,datagrams,residence_ns,forward_delay_ns,backward_delay_ns,sent_ns,send_error_ns,slots,delay_ns';

/** One record as CSV; what it has no value for is empty. No value of ours needs quoting. */
export function recordCsv(record: ProbeRecord): string {
  const fields: Readonly<Record<string, string | number | boolean | null>> = { ...record };
  const { type, atNs } = record;
  const rest = [
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
  ];
  return [type, Math.round(atNs), ...rest.map((name) => fields[name] ?? '')].join(',');
}
