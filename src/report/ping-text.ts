// SPDX-License-Identifier: MIT
// A measurement for people, in the manner of ping: a line for each probe, then a summary.

import { DROP_WORDS } from '../client/host/drop-words.ts';
import type { InterimResult } from '../client/session/interim-result.ts';
import type {
  AddressChangedRecord,
  IcmpErrorRecord,
  ProbeRecord,
  StallRecord,
} from '../client/session/probe-record.ts';
import type {
  DirectionResult,
  SessionResult,
  StreamCounts,
} from '../client/session/session-result.ts';
import { escapeText } from '../printable.ts';
import { countOf, formatNs, formatRatio } from '../quantities.ts';
import { icmpErrorText } from '../client/session/icmp-error-kind.ts';
import { outlierStreams } from '../client/verdict/outliers.ts';

/** The first line. */
export function pingHeading(
  host: string,
  address: string,
  port: number,
  payloadBytes: number,
): string {
  return `PING ${escapeText(host)} (${escapeText(address)}) port ${port}: ${payloadBytes} bytes of payload`;
}

/**
 * The line of one record; none of a program that stalled, which happens all the time on a busy host: the
 * summary says so where it matters.
 */
export function recordLine(record: ProbeRecord): string | undefined {
  switch (record.type) {
    case 'reply':
      return `reply seq=${record.sequence} time=${formatNs(record.rttNs)}${record.isReordered ? ' (reordered)' : ''}`;
    case 'duplicate':
      return `reply seq=${record.sequence} time=${formatNs(record.rttNs)} (duplicate)`;
    case 'late':
      return `reply seq=${record.sequence} time=${formatNs(record.rttNs)} (late: it had been given up)`;
    case 'timeout':
      return `no reply seq=${record.sequence}`;
    case 'send-failed':
      return `not sent seq=${record.sequence} (${record.systemCode})`;
    case 'icmp-error':
      return icmpErrorLine(record);
    case 'stall':
      return undefined;
    case 'address-changed':
      return `this host sends from ${escapeText(record.to)} now, no longer from ${escapeText(record.from)}`;
    default:
      return amountLine(record);
  }
}

/** What tells no more than a number. */
type AmountRecord = Exclude<
  ProbeRecord,
  { readonly sequence: unknown } | AddressChangedRecord | StallRecord
>;

function amountLine(record: AmountRecord): string {
  switch (record.type) {
    case 'host-dropped':
      return `${countOf(record.datagrams, 'datagram')} ${DROP_WORDS.bufferOrChecksum}`;
    case 'skipped':
      return `${countOf(record.slots, 'probe')} skipped because this host was late`;
    case 'omitted':
      return `(${countOf(record.records, 'record')} not shown: the reader of this output is slow)`;
    case 'corrupted':
      return `altered reply of ${countOf(record.payloadBytes, 'byte')}`;
    case 'unaltered':
      return `our own packet of ${countOf(record.payloadBytes, 'byte')} back unaltered: a plain echo`;
    case 'stray':
      return `stray datagram of ${countOf(record.payloadBytes, 'byte')}`;
  }
}

function icmpErrorLine({ sequence, ...error }: IcmpErrorRecord): string {
  const probe = sequence === null ? '' : ` seq=${sequence}`;
  return `${icmpErrorText(error)}${probe}`;
}

/** The summary: counts, times, and what they mean. */
export function pingSummary(result: SessionResult): string[] {
  const { target, datagrams, rttNs, pdvNs } = result;
  return [
    '',
    `--- ${escapeText(target.host)} port ${target.port}: ${formatNs(result.durationNs)} ---`,
    countsLine(datagrams),
    ...asides(result),
    `rtt   min ${formatNs(rttNs.min)}, mean ${formatNs(rttNs.mean)}, p50 ${formatNs(rttNs.p50)}, p90 ${formatNs(rttNs.p90)}, p99 ${formatNs(rttNs.p99)}, max ${formatNs(rttNs.max)}, stddev ${formatNs(rttNs.stddev)}`,
    `pdv   p50 ${formatNs(pdvNs.p50)}, p99 ${formatNs(pdvNs.p99)}, max ${formatNs(pdvNs.max)}; jitter (RFC 3550) ${formatNs(result.smoothedJitterNs)}`,
    ...directionLines(result),
    clockLine(result),
    ...streamLines(result.streams),
    ...result.verdict.sentences,
  ];
}

/** What is known so far of a measurement that goes on. */
export function interimLines(interim: InterimResult): string[] {
  const { durationNs, sent, received, lost, late, waiting, sendFailed, rttNs } = interim;
  const unsent = sendFailed === 0 ? '' : `, ${sendFailed} not sent`;
  const counts = `${countOf(sent, 'probe')} sent, ${received} received, ${lost} lost, ${late} late, ${waiting} waited for${unsent}`;
  const { min, p50, p99, max } = rttNs;
  const rtt = `rtt min ${formatNs(min)}, p50 ${formatNs(p50)}, p99 ${formatNs(p99)}, max ${formatNs(max)}`;
  return [`after ${formatNs(durationNs)}: ${counts}`, ...(received === 0 ? [] : [rtt])];
}

/** What the times were read from, and what this program would have added, or has. */
function clockLine({ timestamps, runtime }: SessionResult): string {
  const { userToKernelNs } = timestamps;
  if (userToKernelNs !== null) {
    const { p50, p99 } = userToKernelNs;
    return `clock the kernel's time stamps; read by this program, p50 ${formatNs(p50)} more, p99 ${formatNs(p99)}`;
  }
  const { loopDelayNs, gcMaxNs } = runtime;
  const gc = gcMaxNs === null ? '' : `, longest garbage collection ${formatNs(gcMaxNs)}`;
  return `clock read by this program; its event loop was late by p99 ${formatNs(loopDelayNs.p99)}, max ${formatNs(loopDelayNs.max)}${gc}`;
}

function countsLine({ sent, received, lost, late }: SessionResult['datagrams']): string {
  const ratioOf = (count: number): string => formatRatio(sent === 0 ? null : count / sent);
  const lateRatio = late === 0 ? '' : ` (${ratioOf(late)})`;
  return `${countOf(sent, 'probe')} sent, ${received} received, ${lost} lost (${ratioOf(lost)}), ${late} late${lateRatio}`;
}

/** What is worth a line only where it happened. */
function asides({ datagrams, schedule, hostDrops }: SessionResult): string[] {
  const happened = [
    [datagrams.duplicate, 'duplicate'],
    [datagrams.reordered, 'reordered'],
    [datagrams.corrupted, 'altered'],
    [datagrams.stray, 'stray'],
    [datagrams.icmpErrors, 'ICMP errors'],
    [datagrams.sendFailed, 'not sent'],
    [schedule.skipped, 'skipped because this host was late'],
    [hostDrops.receiveBuffer ?? 0, `dropped ${DROP_WORDS.receiveBuffer}`],
    [hostDrops.checksum ?? 0, 'dropped for a wrong UDP checksum'],
    [hostDrops.bufferOrChecksum ?? 0, DROP_WORDS.bufferOrChecksum],
  ] as const;
  const parts = happened.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return parts.length === 0 ? [] : [parts.join(', ')];
}

/** The two directions, one under the other, and what lies between them. */
function directionLines({ forward, backward, reflector }: SessionResult): string[] {
  if (forward === null || backward === null || reflector === null) return [];
  if (reflector.numbering === null) return [];
  const rows = [
    ['way there', ...directionCells(forward)],
    ['way back', ...directionCells(backward)],
  ];
  const { p50, p99, max } = reflector.residenceNs;
  return [
    ...alignColumns([
      ['', 'lost', 'reordered', 'duplicate', 'delay min', 'p50', 'p99', 'pdv p50', 'p99', 'max'],
      ...rows,
    ]),
    `server processing time: p50 ${formatNs(p50)}, p99 ${formatNs(p99)}, max ${formatNs(max)}; in no rtt`,
  ];
}

function directionCells({ lost, reordered, duplicate, delayNs, pdvNs }: DirectionResult): string[] {
  return [
    ...[lost, reordered, duplicate].map((count) => (count === null ? '-' : String(count))),
    ...[delayNs?.min, delayNs?.p50, delayNs?.p99].map((ns) => formatNs(ns ?? null)),
    ...[pdvNs.p50, pdvNs.p99, pdvNs.max].map(formatNs),
  ];
}

function streamLines(streams: readonly StreamCounts[]): string[] {
  if (streams.length < 2) return [];
  const outliers = outlierStreams(streams);
  const rows = streams.map((stream) => [
    String(stream.sourcePort),
    String(stream.sent),
    String(stream.lost),
    formatRatio(stream.lossRatio),
    formatNs(stream.rttMeanNs),
    outliers.includes(stream) ? '<- outlier' : '',
  ]);
  return alignColumns([['source port', 'sent', 'lost', 'loss', 'rtt mean', ''], ...rows]);
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padStart(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}
