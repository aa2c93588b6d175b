// SPDX-License-Identifier: MIT
// A measurement as text in the style of ping: one line per probe, then a summary.

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
import { countOf, formatCount, formatNs, formatRatio, nounFor } from '../quantities.ts';
import { icmpErrorText } from '../client/session/icmp-error-kind.ts';
import { outlierStreams } from '../client/verdict/outliers.ts';
import { alignColumns, fittingTable } from './text-table.ts';
import { wrapWords } from './wrap-words.ts';

/** The first line. */
export function pingHeading(
  host: string,
  address: string,
  port: number,
  payloadBytes: number,
): string {
  return `PING ${escapeText(host)} (${escapeText(address)}) port ${port}: ${countOf(payloadBytes, 'byte')} of payload`;
}

/**
 * The line of one record. There is none for a stall, which happens all the time on a busy host: the summary mentions
 * stalls if they matter.
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

/** Records that contain only a number. */
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

/**
 * The summary: counts, times and the verdict.
 *
 * @param columns  width of the terminal, at which lines wrap between words
 */
export function pingSummary(result: SessionResult, columns?: number): string[] {
  const wrapped = (line: string): string[] => wrapWords(line, columns);
  return [
    '',
    ...headLines(result).flatMap(wrapped),
    ...timeLines(result).flatMap((line) => wrapWords(line, columns, LABEL_INDENT)),
    ...directionLines(result, columns),
    ...clockLines(result).flatMap((line) => wrapWords(line, columns, LABEL_INDENT)),
    ...streamLines(result.streams),
    ...result.verdict.sentences.flatMap(wrapped),
  ];
}

/** The indent that aligns wrapped lines with the text after a label such as `rtt`. */
const LABEL_INDENT = ' '.repeat(6);

function headLines(result: SessionResult): string[] {
  const { target, datagrams, durationNs } = result;
  return [
    `--- ${escapeText(target.host)} port ${target.port}: ${formatNs(durationNs)} ---`,
    countsLine(datagrams),
    ...asides(result),
  ];
}

/** Of the replies that came in time; nothing is said of times where there are none. */
function timeLines({ datagrams, rttNs, pdvNs, smoothedJitterNs }: SessionResult): string[] {
  if (datagrams.received === 0) return [];
  return [
    `rtt   min ${formatNs(rttNs.min)}, mean ${formatNs(rttNs.mean)}, p50 ${formatNs(rttNs.p50)}, p90 ${formatNs(rttNs.p90)}, p99 ${formatNs(rttNs.p99)}, max ${formatNs(rttNs.max)}, stddev ${formatNs(rttNs.stddev)}`,
    `pdv   p50 ${formatNs(pdvNs.p50)}, p99 ${formatNs(pdvNs.p99)}, max ${formatNs(pdvNs.max)}; jitter (RFC 3550) ${formatNs(smoothedJitterNs)}`,
  ];
}

/** The interim numbers of a running measurement. */
export function interimLines(interim: InterimResult): string[] {
  const { durationNs, sent, received, lost, late, waiting, sendFailed, rttNs } = interim;
  const unsent = sendFailed === 0 ? '' : `, ${formatCount(sendFailed)} not sent`;
  const counts = `${countOf(sent, 'probe')} sent, ${formatCount(received)} received, ${formatCount(lost)} lost, ${formatCount(late)} late, ${formatCount(waiting)} waited for${unsent}`;
  const { min, p50, p99, max } = rttNs;
  const rtt = `rtt min ${formatNs(min)}, p50 ${formatNs(p50)}, p99 ${formatNs(p99)}, max ${formatNs(max)}`;
  return [`after ${formatNs(durationNs)}: ${counts}`, ...(received === 0 ? [] : [rtt])];
}

/** The source of the times, if there are any, and how much this program added to them, or would have added. */
function clockLines({ datagrams, timestamps, runtime }: SessionResult): string[] {
  if (datagrams.received + datagrams.late === 0) return [];
  const { userToKernelNs } = timestamps;
  if (userToKernelNs !== null) {
    const { p50, p99 } = userToKernelNs;
    const more = `; read by this program, p50 ${formatNs(p50)} more, p99 ${formatNs(p99)}`;
    return [`clock the kernel's timestamps${p50 === null ? '' : more}`];
  }
  const { loopDelayNs, gcMaxNs } = runtime;
  const gc = gcMaxNs === null ? '' : `, longest garbage collection ${formatNs(gcMaxNs)}`;
  return [
    `clock read by this program; its event loop was late by p99 ${formatNs(loopDelayNs.p99)}, max ${formatNs(loopDelayNs.max)}${gc}`,
  ];
}

function countsLine({ sent, received, lost, late }: SessionResult['datagrams']): string {
  const ratioOf = (count: number): string => formatRatio(sent === 0 ? null : count / sent);
  const lateRatio = late === 0 ? '' : ` (${ratioOf(late)})`;
  return `${countOf(sent, 'probe')} sent, ${formatCount(received)} received, ${formatCount(lost)} lost (${ratioOf(lost)}), ${formatCount(late)} late${lateRatio}`;
}

/** Lines for events that are mentioned only if they happened. */
function asides({ datagrams, schedule, hostDrops }: SessionResult): string[] {
  const { icmpErrors } = datagrams;
  const happened = [
    [datagrams.duplicate, 'duplicate'],
    [datagrams.reordered, 'reordered'],
    [datagrams.corrupted, 'altered'],
    [datagrams.stray, 'stray'],
    [icmpErrors, nounFor(icmpErrors, 'ICMP error')],
    [datagrams.sendFailed, 'not sent'],
    [schedule.skipped, 'skipped because this host was late'],
    [hostDrops.receiveBuffer ?? 0, `dropped ${DROP_WORDS.receiveBuffer}`],
    [hostDrops.checksum ?? 0, 'dropped for a wrong UDP checksum'],
    [hostDrops.bufferOrChecksum ?? 0, DROP_WORDS.bufferOrChecksum],
  ] as const;
  const parts = happened
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${formatCount(count)} ${what}`);
  return parts.length === 0 ? [] : [parts.join(', ')];
}

/** The two directions, one below the other, and the reflector between them. */
function directionLines(
  { forward, backward, reflector }: SessionResult,
  columns: number | undefined,
): string[] {
  if (forward === null || backward === null || reflector === null) return [];
  if (reflector.numbering === null) return [];
  const rows = [
    ['', 'lost', 'reordered', 'duplicate', 'delay min', 'p50', 'p99', 'pdv p50', 'p99', 'max'],
    ['way there', ...directionCells(forward)],
    ['way back', ...directionCells(backward)],
  ];
  const { p50, p99, max } = reflector.residenceNs;
  const processing = `server processing time: p50 ${formatNs(p50)}, p99 ${formatNs(p99)}, max ${formatNs(max)}; in no rtt`;
  return [...fittingTable(rows, columns), ...wrapWords(processing, columns)];
}

function directionCells({ lost, reordered, duplicate, delayNs, pdvNs }: DirectionResult): string[] {
  return [
    ...[lost, reordered, duplicate].map((count) => (count === null ? '-' : formatCount(count))),
    ...[delayNs?.min, delayNs?.p50, delayNs?.p99].map((ns) => formatNs(ns ?? null)),
    ...[pdvNs.p50, pdvNs.p99, pdvNs.max].map(formatNs),
  ];
}

function streamLines(streams: readonly StreamCounts[]): string[] {
  if (streams.length < 2) return [];
  const outliers = outlierStreams(streams);
  const rows = streams.map((stream) => [
    String(stream.sourcePort),
    formatCount(stream.sent),
    formatCount(stream.lost),
    formatRatio(stream.lossRatio),
    formatNs(stream.rttMeanNs),
    outliers.includes(stream) ? '<- outlier' : '',
  ]);
  return alignColumns([['source port', 'sent', 'lost', 'loss', 'rtt mean', ''], ...rows]);
}
