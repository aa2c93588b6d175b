// SPDX-License-Identifier: MIT
// One or two sentences on a measurement, from its numbers and the thresholds of docs/measuring.md.

import type { ReflectorResult, SessionResult, StreamCounts } from '../client/session-result.ts';
import { escapeText } from '../printable.ts';
import { lossFault } from './loss-fault.ts';
import { refusalText, senderOf } from './refusal-kind.ts';
import { countOf, formatNs, formatRatio } from './quantities.ts';

/** A source port is an outlier where it loses this much more than the others, in sum ratio. */
const OUTLIER_LOSS = 0.05;

/** Probes a source port must have sent before it is judged. */
const OUTLIER_PROBES = 20;

/** What the measurement says, in words. */
export function verdict(result: SessionResult): string[] {
  const sentences = [reachability(result)];
  const faults = [lossFault(result), wayOfLoss(result), ...protocolDoubts(result)];
  sentences.push(...faults.filter((fault) => fault !== undefined));
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
    const lost = others.reduce((sum, other) => sum + other.lost + other.late, 0);
    return stream.lossRatio - lost / Math.max(1, sent) > OUTLIER_LOSS;
  });
}

function reachability(result: SessionResult): string {
  const { datagrams, rttNs, endedBy } = result;
  if (endedBy.code === 'ERROR') return `Nothing was measured: ${endedBy.message ?? 'it failed'}.`;
  const { sent, received, lossRatio } = datagrams;
  if (sent === 0) return 'Nothing was sent, so nothing is known.';
  if (received === 0) return unreachable(result);
  const delay = `median ${formatNs(rttNs.p50)}, p99 ${formatNs(rttNs.p99)}`;
  if (lossRatio === 0) return `UDP works. Nothing lost of ${sent}; ${delay}.`;
  return `UDP works. ${missing(result)}; ${delay}.`;
}

/** Lost and late are told apart: the path delivered the late ones. */
function missing({ datagrams, lossRuns, config }: SessionResult): string {
  const { sent, lost, late } = datagrams;
  const runs = `in ${countOf(lossRuns.count, 'run')} of up to ${lossRuns.longest}`;
  const lostPart = `${formatRatio(lost / sent)} lost`;
  if (late === 0) return `${lostPart}, ${runs}`;
  const latePart = `${formatRatio(late / sent)} late, after ${formatNs(config.timeoutNs)}`;
  if (lost === 0) return `Nothing lost of ${sent}; ${latePart}, ${runs}`;
  return `${lostPart} and ${latePart}, ${runs}`;
}

/** Why nothing was received in time. */
function unreachable(result: SessionResult): string {
  const { sent, late, refused, corrupted, stray } = result.datagrams;
  if (refused > 0) return `UDP does not work: ${refusal(result)}.`;
  if ((result.reflector?.unaltered ?? 0) > 0) return notAReflector(result);
  if ((result.reflector?.unauthenticated ?? 0) > 0) return wrongKey(result);
  if (late > 0) return `Every reply came after the timeout (${late} of ${sent}): wait longer.`;
  if (corrupted > 0) {
    const replies = countOf(corrupted, 'reply', 'replies');
    return `UDP works, but ${replies} came back altered, and no other: something on the path changes them, or the server speaks another protocol.`;
  }
  if (stray > 0) {
    return `UDP works, but what came (${countOf(stray, 'datagram')}) answers no probe: the server speaks another protocol, or another program sends here.`;
  }
  return silence(result);
}

/** Nothing came. A STAMP reflector must not say what it does not like (RFC 8762 section 4.4). */
function silence({ datagrams, target }: SessionResult): string {
  const probes = countOf(datagrams.sent, 'probe');
  if (target.protocol === 'echo') return `UDP does not work: no reply to ${probes}.`;
  const silent =
    target.protocol === 'stamp'
      ? 'the STAMP reflector has another key, the other mode or no such session'
      : 'what listens there speaks another protocol';
  return `No reply to ${probes}: UDP does not work, or ${silent}, and is silent; measure with --protocol echo against an echo port to tell.`;
}

/** Our own packets came back: UDP works, and the protocol was the wrong one. */
function notAReflector({ reflector, target }: SessionResult): string {
  const back = countOf(reflector!.unaltered, 'packet');
  return `Port ${target.port} is a plain echo: ${back} of ours came back unaltered, which is no answer in ${protocolName(target)}; measure with --protocol echo.`;
}

function wrongKey({ reflector }: SessionResult): string {
  const replies = countOf(reflector!.unauthenticated, 'reply', 'replies');
  return `UDP works, but ${replies} failed the HMAC: the other end has another key, or sends none.`;
}

function protocolName({ protocol }: SessionResult['target']): string {
  return protocol === 'stamp' ? 'STAMP' : 'UDPEchoPlus';
}

/** What the ICMP errors say. */
function refusal({ datagrams, refusals, target }: SessionResult): string {
  if (refusals.every(({ systemCode }) => systemCode === 'ECONNREFUSED')) {
    const errors = countOf(datagrams.refused, 'ICMP "port unreachable"', 'ICMP "port unreachable"');
    const senders = sendersOf(refusals, target.address);
    return `${escapeText(target.address)} is there, but nothing listens on port ${target.port} (${errors}${senders})`;
  }
  const counts = refusals.map((one) => `${one.count} ${refusalText(one)}`);
  return `the path or the host refuses it (${counts.join(', ')})`;
}

/** Who refused, where that is known and not who was asked. */
function sendersOf(refusals: SessionResult['refusals'], asked: string): string {
  const others = refusals.filter(({ from }) => from !== null && from !== asked);
  return others.map(senderOf).join(',');
}

/** Which way the lost ones were lost, where the other end numbers its replies. */
function wayOfLoss(result: SessionResult): string | undefined {
  const { datagrams, forward, backward, reflector } = result;
  const { lost, received } = datagrams;
  if (lost === 0 || received === 0 || forward === null || backward === null) return undefined;
  if (forward.lost === null || backward.lost === null) return undefined;
  const parts = [
    [forward.lost, 'on the way there'],
    [backward.lost, 'on the way back'],
    [reflector?.unanswered ?? 0, 'at the other end, which did not answer'],
    [reflector?.unattributed ?? 0, 'either way, as no later reply tells'],
  ] as const;
  const some = parts.filter(([count]) => count > 0);
  const [[count, where] = [0, '']] = some;
  if (some.length === 1) {
    return count === 1 ? `It was lost ${where}.` : `All ${count} were lost ${where}.`;
  }
  return `Lost ${lost}: ${some.map(([count, where]) => `${count} ${where}`).join(', ')}.`;
}

/** What the other end does not tell, and what its clock is worth. */
function protocolDoubts({ reflector, datagrams }: SessionResult): (string | undefined)[] {
  if (reflector === null || datagrams.received === 0) return [];
  return [numberingDoubt(reflector), stampDoubt(reflector), clockVerdict(reflector)];
}

function numberingDoubt({ numbering }: ReflectorResult): string | undefined {
  if (numbering === 'copied') {
    return 'The reflector is stateless, as it repeats our numbers: which way something was lost, it cannot tell.';
  }
  if (numbering !== 'inconsistent') return undefined;
  return 'The numbers of the other end do not fit ours: it was restarted, or others ask it too. Which way something was lost, they do not tell.';
}

function stampDoubt({ unusableStamps }: ReflectorResult): string | undefined {
  if (unusableStamps === 0) return undefined;
  return `The times of ${countOf(unusableStamps, 'reply', 'replies')} contradict ours: nothing was computed from them.`;
}

function clockVerdict({ clock }: ReflectorResult): string | undefined {
  if (clock === null) return undefined;
  const { offsetLeastNs, offsetMostNs } = clock;
  if (offsetLeastNs > offsetMostNs) {
    return `The clocks drift: what they differ by changed by at least ${formatNs(offsetLeastNs - offsetMostNs)}. One-way delay means nothing.`;
  }
  const leastNs = Math.max(offsetLeastNs, -offsetMostNs);
  if (leastNs > 0) {
    const side = offsetLeastNs > 0 ? 'ahead' : 'behind';
    return `The clocks differ by at least ${formatNs(leastNs)} (the other end is ${side}): absolute one-way delay means nothing, its variation does.`;
  }
  return `The clocks may agree: the other end is from ${formatNs(-offsetLeastNs)} behind to ${formatNs(offsetMostNs)} ahead, and one-way delay may be wrong by as much.`;
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
