// SPDX-License-Identifier: MIT
// Judges a load measurement: a code, and a few sentences that follow from its numbers alone (docs/load.md).

import { icmpErrorSenders, isClosedPort, startServer } from '../../client/verdict/icmp-errors.ts';
import { escapeText } from '../../printable.ts';
import {
  countOf,
  formatBps,
  formatBytes,
  formatCount,
  formatNs,
  formatRatio,
} from '../../quantities.ts';
import type { LoadResult, LoadTrial, LoadVerdict, LoadVerdictCode } from '../load-result.ts';
import { headlineOfLimit, policerNote } from './limit-sentences.ts';
import { goalWords, rateDown, rateNear, rateUp } from './load-words.ts';
import { reservations } from './reservations.ts';
import { startFails } from './start-fails.ts';

/** All of a result but the verdict. */
export type MeasuredLoad = Omit<LoadResult, 'verdict'>;

interface Condition {
  readonly code: LoadVerdictCode;
  readonly holds: (measured: MeasuredLoad) => boolean;
  readonly headline: (measured: MeasuredLoad) => string;
}

const STOPS: ReadonlySet<string> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'ABORTED']);

/** In order: the first whose condition holds. */
const CONDITIONS: readonly Condition[] = [
  { code: 'ERROR', holds: ({ endedBy }) => endedBy.code === 'ERROR', headline: failed },
  {
    code: 'NO_REPLY',
    holds: ({ endedBy, icmpErrors }) => endedBy.code === 'NO_REPLY' && icmpErrors.length === 0,
    headline: silent,
  },
  {
    code: 'ICMP_ERROR',
    holds: ({ endedBy }) => endedBy.code === 'ICMP' || endedBy.code === 'NO_REPLY',
    headline: refused,
  },
  { code: 'STOPPED', holds: isStopped, headline: stopped },
  {
    code: 'START_FAILS',
    holds: ({ throughput }) => throughput.reason === 'start-fails',
    headline: startFails,
  },
  {
    code: 'HOST_LIMITED',
    holds: ({ throughput }) => throughput.reason === 'host',
    headline: hostLimited,
  },
  {
    code: 'BUDGET',
    holds: ({ throughput }) => throughput.reason === 'budget',
    headline: budgetUsed,
  },
  {
    code: 'CEILING',
    holds: ({ throughput }) => throughput.reason === 'ceiling',
    headline: ceiling,
  },
  {
    code: 'POLICER',
    holds: ({ limit }) => limit.kind === 'policer',
    headline: headlineOfLimit,
  },
  { code: 'QUEUE', holds: ({ limit }) => limit.kind === 'queue', headline: headlineOfLimit },
  { code: 'LIMIT', holds: () => true, headline: headlineOfLimit },
];

/** The verdict on a measurement. */
export function judgeLoad(measured: MeasuredLoad): LoadVerdict {
  const { code, headline } = CONDITIONS.find(({ holds }) => holds(measured))!;
  const sentences = [
    headline(measured),
    ...adviceOf(code, measured),
    kneeSentence(measured),
    capacitySentence(measured),
    ...reservations(measured),
  ];
  return { code, sentences: sentences.filter((sentence) => sentence !== undefined) };
}

function adviceOf(code: LoadVerdictCode, measured: MeasuredLoad): (string | undefined)[] {
  switch (code) {
    case 'POLICER':
      return [policerNote(measured)];
    case 'ICMP_ERROR':
      return [startThere(measured), soFar(measured)];
    case 'ERROR':
      return [soFar(measured)];
    case 'HOST_LIMITED':
      return [certain(measured)];
    default:
      return [];
  }
}

function failed({ endedBy }: MeasuredLoad): string {
  return `The measurement failed: ${endedBy.message ?? 'the system gave no reason'}.`;
}

function silent({ endedBy, idle, target }: MeasuredLoad): string {
  if (endedBy.message !== undefined) return endedBy.message;
  const where = `${escapeText(target.host)} port ${target.port}`;
  return `UDP does not work: no reply from ${where} to ${countOf(idle.sent, 'probe')}.`;
}

function evidenceOf({ icmpErrors, target, config }: MeasuredLoad) {
  const count = icmpErrors.reduce((sum, error) => sum + error.count, 0);
  return { datagrams: { icmpErrors: count, received: 0, late: 0 }, icmpErrors, target, config };
}

function refused(measured: MeasuredLoad): string {
  const { throughput, target } = measured;
  const evidence = evidenceOf(measured);
  if (throughput.lowerPps !== null) {
    return icmpErrorSenders(evidence).replace('UDP does not work', 'Stopped');
  }
  if (!isClosedPort(evidence)) return icmpErrorSenders(evidence);
  return `UDP does not work: ${escapeText(target.address)} is up, but nothing listens on port ${target.port}, or its firewall rejects the datagrams.`;
}

function startThere(measured: MeasuredLoad): string | undefined {
  return measured.throughput.lowerPps === null ? startServer(evidenceOf(measured)) : undefined;
}

/** A signal or the caller ended it before the bracket was found; the profile may be missing otherwise. */
function isStopped({ endedBy, throughput }: MeasuredLoad): boolean {
  return STOPS.has(endedBy.code) && throughput.reason === 'budget';
}

function stopped(measured: MeasuredLoad): string {
  return `Stopped before the answer was known: ${bracketWords(measured)}.`;
}

function budgetUsed(measured: MeasuredLoad): string {
  const { endedBy, config } = measured;
  const why =
    endedBy.code === 'CUT'
      ? 'Three trials had to be cut'
      : `The budget of ${formatNs(config.budgetNs)} and ${formatBytes(config.budgetBytes)} was used up`;
  return `${why} before the answer was known: ${bracketWords(measured)}.`;
}

/** What is known of the bracket, as part of a sentence. */
function bracketWords({ throughput, config, trials }: MeasuredLoad): string {
  const { lowerPps, upperPps } = throughput;
  const size = `datagrams/s of ${formatCount(config.payloadBytes)} octets`;
  const goal = goalWords(config.maxLossRatio);
  if (lowerPps === null && upperPps === null) return shortTrialWords(trials);
  if (lowerPps === null) return `${rateUp(upperPps!)} ${size} are too many`;
  if (upperPps === null) return `${rateDown(lowerPps)} ${size} ${goal}, and perhaps more`;
  return `${rateDown(lowerPps)} ${size} ${goal}, but not ${rateUp(upperPps)}`;
}

/** A short trial does not decide, but is all that is known. */
function shortTrialWords(trials: readonly LoadTrial[]): string {
  const [best] = trials
    .filter(({ verdict }) => verdict === 'low-loss')
    .toSorted((one, other) => other.offeredPps - one.offeredPps);
  if (best === undefined) return 'no trial was complete';
  const { durationNs, offeredPps } = best;
  return `a trial of ${formatNs(durationNs)} at ${rateDown(offeredPps)}/s passed, which is too short to be sure`;
}

function soFar(measured: MeasuredLoad): string | undefined {
  return measured.throughput.lowerPps === null
    ? undefined
    : `Before that: ${bracketWords(measured)}.`;
}

function certain({ throughput, config }: MeasuredLoad): string | undefined {
  const { lowerPps } = throughput;
  if (lowerPps === null) return undefined;
  const size = `datagrams/s of ${formatCount(config.payloadBytes)} octets`;
  return `It is certain that it carries ${rateDown(lowerPps)} ${size} ${goalWords(config.maxLossRatio)}.`;
}

function hostLimited({ throughput, trials, config }: MeasuredLoad): string {
  const offered = trials.map(({ offeredPps }) => offeredPps);
  const most = Math.max(throughput.lowerPps ?? 0, ...offered);
  return `This host could not offer more than ${rateUp(most)} datagrams/s of ${formatCount(config.payloadBytes)} octets: the path may carry more.`;
}

function ceiling({ throughput, config }: MeasuredLoad): string {
  const { lowerPps, ceilingPps } = throughput;
  const size = `datagrams/s of ${formatCount(config.payloadBytes)} octets`;
  return `${rateDown(lowerPps ?? ceilingPps)} ${size} ${goalWords(config.maxLossRatio)}, which is the highest rate that was permitted: the path may carry more.`;
}

function capacitySentence({ capacity }: MeasuredLoad): string | undefined {
  if (capacity === null) return undefined;
  const { pps, ipBps, ethernetBps } = capacity;
  return `Under more load, ${rateNear(pps)} replies/s arrived: ${formatBps(ipBps)} of IP packets, ${formatBps(ethernetBps)} on an Ethernet wire.`;
}

function kneeSentence({ knee, throughput }: MeasuredLoad): string | undefined {
  if (knee === null || throughput.lowerPps === null) return undefined;
  const share = formatRatio(knee.pps / throughput.lowerPps);
  return `Up to ${rateDown(knee.pps)}/s, ${share} of what passed, responses are hardly slower than without load (p95 ${formatNs(knee.p95Ns)}).`;
}
