// SPDX-License-Identifier: MIT
// One or two sentences on a measurement, from its numbers and the thresholds of docs/measuring.md.

import type { Refusal } from '../client/refusal-table.ts';
import type { SessionResult, StreamCounts } from '../client/session-result.ts';
import { escapeText } from '../printable.ts';
import { refusalKind } from './refusal-kind.ts';
import { countOf, formatNs, formatRatio } from './quantities.ts';

/** A source port is an outlier where it loses this much more than the others, in sum ratio. */
const OUTLIER_LOSS = 0.05;

/** Probes a source port must have sent before it is judged. */
const OUTLIER_PROBES = 20;

/** What the measurement says, in words. */
export function verdict(result: SessionResult): string[] {
  const sentences = [reachability(result)];
  const fault = lossFault(result);
  if (fault !== undefined) sentences.push(fault);
  const outliers = outlierStreams(result.streams);
  if (outliers.length > 0) sentences.push(describeOutliers(outliers));
  const doubts = [ownDoubt(result), clockDoubt(result)];
  return [...sentences, ...doubts.filter((doubt) => doubt !== undefined)];
}

/** The source ports that lose clearly more than all the others together. */
export function outlierStreams(streams: readonly StreamCounts[]): readonly StreamCounts[] {
  if (streams.length < 2) return [];
  return streams.filter((stream) => {
    if (stream.sent < OUTLIER_PROBES || stream.lossRatio === null) return false;
    const others = streams.filter((other) => other !== stream);
    const sent = others.reduce((sum, other) => sum + other.sent, 0);
    const lost = others.reduce((sum, other) => sum + other.lost, 0);
    return stream.lossRatio - lost / Math.max(1, sent) > OUTLIER_LOSS;
  });
}

function reachability(result: SessionResult): string {
  const { datagrams, rttNs, lossRuns, endedBy } = result;
  if (endedBy.code === 'ERROR') return `Nothing was measured: ${endedBy.message ?? 'it failed'}.`;
  const { sent, received, late, refused, lossRatio } = datagrams;
  if (sent === 0) return 'Nothing was sent, so nothing is known.';
  if (received === 0 && refused > 0) return `UDP does not work: ${refusal(result)}.`;
  if (received === 0 && late > 0) {
    return `Every reply came after the timeout (${late} of ${sent}): wait longer.`;
  }
  if (received === 0) return `UDP does not work: no reply to ${countOf(sent, 'probe')}.`;
  const delay = `median ${formatNs(rttNs.p50)}, p99 ${formatNs(rttNs.p99)}`;
  if (lossRatio === 0) return `UDP works. Nothing lost of ${sent}; ${delay}.`;
  const runs = `in ${countOf(lossRuns.count, 'run')} of up to ${lossRuns.longest}`;
  return `UDP works. ${formatRatio(lossRatio)} lost, ${runs}; ${delay}.`;
}

/** What the ICMP errors say. */
function refusal({ datagrams, refusals, target }: SessionResult): string {
  if (refusals.every(({ systemCode }) => systemCode === 'ECONNREFUSED')) {
    const errors = countOf(datagrams.refused, 'ICMP "port unreachable"', 'ICMP "port unreachable"');
    const senders = sendersOf(refusals, target.address);
    return `${escapeText(target.address)} is there, but nothing listens on port ${target.port} (${errors}${senders})`;
  }
  const counts = refusals.map((one) => `${one.count} ${refusalKind(one)}${senderOf(one)}`);
  return `the path or the host refuses it (${counts.join(', ')})`;
}

/** Who refused, where that is known and not who was asked. */
function sendersOf(refusals: SessionResult['refusals'], asked: string): string {
  const others = refusals.filter(({ from }) => from !== null && from !== asked);
  return others.map(senderOf).join(',');
}

function senderOf({ from }: Refusal): string {
  return from === null ? '' : ` from ${escapeText(from)}`;
}

/** Whose loss it was, as far as this end can know. */
function lossFault({ datagrams, hostDrops }: SessionResult): string | undefined {
  if (datagrams.lost === 0 || datagrams.received === 0) return undefined;
  if (hostDrops.receiveBuffer === null) return undefined;
  const here = Math.min(datagrams.lost, hostDrops.receiveBuffer);
  if (here === 0) return `All ${datagrams.lost} were lost on the path or at the other end.`;
  return `Lost ${datagrams.lost}: ${here} in this host's receive buffer, ${datagrams.lost - here} on the path or at the other end.`;
}

function describeOutliers(outliers: readonly StreamCounts[]): string {
  const ports = outliers
    .map(({ sourcePort, lossRatio }) => `${sourcePort} (${formatRatio(lossRatio)})`)
    .join(', ');
  const subject =
    outliers.length === 1 ? `Source port ${ports} loses` : `Source ports ${ports} lose`;
  return `${subject} far more than the others: one of several paths is bad.`;
}

/** Where the tool itself is in its numbers. */
function ownDoubt({ runtime, rttNs, timestamps }: SessionResult): string | undefined {
  const { max } = runtime.loopDelayNs;
  if (timestamps.receive === 'kernel' || max === null || rttNs.p50 === null) return undefined;
  if (max <= rttNs.p50) return undefined;
  return `This process itself was up to ${formatNs(max)} late, more than the median: the tail is not the path's alone.`;
}

/** A machine that slept lost what came meanwhile; its times are right all the same. */
function clockDoubt({ runtime }: SessionResult): string | undefined {
  const { count, largestNs } = runtime.clockSteps;
  if (largestNs === null) return undefined;
  const often = count === 1 ? '' : `, and ${countOf(count - 1, 'other time')} by less`;
  if (largestNs > 0) {
    return `The wall clock got ${formatNs(largestNs)} ahead${often}: this machine was suspended, or its clock was set. No round-trip time has it in it.`;
  }
  return `The wall clock was set back by ${formatNs(-largestNs)}${often}. No round-trip time has it in it.`;
}
