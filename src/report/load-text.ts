// SPDX-License-Identifier: MIT
// A load measurement as text: a line for each trial, then a summary.

import type { LoadProgress } from '../load/load-options.ts';
import type {
  LoadResult,
  LoadTarget,
  LoadThreshold,
  LoadTrial,
  Throughput,
} from '../load/load-result.ts';
import { missedOf, rateDown, rateNear, rateUp } from '../load/verdict/load-words.ts';
import { longName } from '../options/option.ts';
import { LOAD_OPTIONS } from '../options/load.ts';
import { escapeText } from '../printable.ts';
import { countOf, formatBytes, formatNs, formatRatio } from '../quantities.ts';
import { alignColumns } from './text-table.ts';
import { outcomeWords, wholeOf } from './trial-outcome.ts';
import { wrapWords } from './wrap-words.ts';

/** The first line. */
export function loadHeading({ host, address, port, protocol }: LoadTarget): string {
  return `LOAD ${escapeText(host)} (${escapeText(address)}) port ${port}, ${protocol}`;
}

/** `ramp     800/s for 1 s: passed, response p50 200 µs, p99 400 µs` */
export function trialLine(trial: LoadTrial): string {
  const { phase, intendedPps, durationNs } = trial;
  const rate = `${rateNear(intendedPps)}/s`.padStart(11);
  return `${phase.padEnd(8)}${rate} for ${formatNs(durationNs)}: ${outcomeWords(trial)}${timesWords(trial)}`;
}

function timesWords({ responseNs: { p50, p99 } }: LoadTrial): string {
  return p50 === null ? '' : `, response p50 ${formatNs(p50)}, p99 ${formatNs(p99)}`;
}

/** `800/s passed, 1,600/s did not` */
export function bracketLine({
  lowerPps,
  upperPps,
}: Pick<Throughput, 'lowerPps' | 'upperPps'>): string {
  if (lowerPps === null)
    return upperPps === null ? 'nothing is known yet' : `${rateUp(upperPps)}/s did not pass`;
  const passed = `${rateDown(lowerPps)}/s passed`;
  return upperPps === null ? passed : `${passed}, ${rateUp(upperPps)}/s did not`;
}

/** What is known so far, on one line. */
export function progressLine({ elapsedNs, phase, bracket }: LoadProgress): string {
  return `after ${formatNs(elapsedNs)} (${phase}): ${bracketLine(bracket)}`;
}

/** The indent that aligns wrapped lines with the text after a label such as `idle`. */
const LABEL_INDENT = ' '.repeat(6);

/**
 * The summary: what was spent, the idle path, the bracket, response times under load and the verdict.
 *
 * @param columns  width of the terminal, at which lines wrap between words
 */
export function loadSummary(result: LoadResult, columns?: number): string[] {
  const wrapped = (line: string): string[] => wrapWords(line, columns);
  return [
    '',
    ...wrapped(spentLine(result)),
    ...[idleLine(result), ...rateLines(result)].flatMap((line) =>
      wrapWords(line, columns, LABEL_INDENT),
    ),
    ...profileLines(result, columns),
    ...result.verdict.sentences.flatMap(wrapped),
  ];
}

function spentLine({ target, durationNs, spent }: LoadResult): string {
  const sent = `${countOf(spent.datagrams, 'datagram')}, ${formatBytes(spent.ipBytes)} of IP packets`;
  return `--- ${escapeText(target.host)} port ${target.port}: ${formatNs(durationNs)}, ${sent} ---`;
}

function idleLine({ idle }: LoadResult): string {
  const { sent, rttNs, lossRatio } = idle;
  const { min, p50, p99, max } = rttNs;
  const times = `rtt min ${formatNs(min)}, p50 ${formatNs(p50)}, p99 ${formatNs(p99)}, max ${formatNs(max)}; `;
  return `idle  ${p50 === null ? '' : times}${formatRatio(lossRatio)} of ${countOf(sent, 'probe')} lost`;
}

function rateLines({ throughput }: LoadResult): string[] {
  const { lowerPps, upperPps, widthRatio, conditionalPps } = throughput;
  if (lowerPps === null && upperPps === null) return [];
  const apart = widthRatio === null ? '' : ` (${formatRatio(widthRatio)} apart)`;
  const isLess = conditionalPps !== null && lowerPps !== null && conditionalPps < lowerPps;
  const arrived = isLess ? `; ${rateNear(conditionalPps)}/s of it arrived` : '';
  return [`rate  ${bracketLine(throughput)}${apart}${arrived}`];
}

const PROFILE_HEAD = ['load', 'rate', 'lost', 'response p50', 'p95', 'p99', 'max', ''];

/** The columns of the profile that a narrow terminal has room for. */
const NARROW_HEAD = ['load', 'rate', 'p50', 'p99', ''];

/** Response times at shares of the rate that passed. */
function profileLines(
  { trials, throughput, knee }: LoadResult,
  columns = Infinity,
): readonly string[] {
  const { lowerPps } = throughput;
  const steps = trials.filter(({ phase }) => phase === 'profile' || phase === 'overload');
  if (steps.length === 0 || lowerPps === null) return [];
  const wholePps = wholeOf(steps);
  const rows = steps.map((trial) => profileRow(trial, wholePps, trial.intendedPps === knee?.pps));
  const table = alignColumns([PROFILE_HEAD, ...rows]);
  if (table.every((line) => line.length <= columns)) return table;
  const narrow = rows.map(([load, rate, , p50, , p99, , mark]) => [load, rate, p50, p99, mark]);
  return alignColumns([NARROW_HEAD, ...narrow.map((row) => row.map((cell) => cell ?? ''))]);
}

function profileRow(trial: LoadTrial, wholePps: number, isKnee: boolean): readonly string[] {
  const { intendedPps, sent, responseNs } = trial;
  const { p50, p95, p99, max } = responseNs;
  return [
    `${Math.round((intendedPps / wholePps) * 100)} %`,
    `${rateNear(intendedPps)}/s`,
    formatRatio(sent === 0 ? null : missedOf(trial) / sent),
    ...[p50, p95, p99, max].map(formatNs),
    isKnee ? '<- knee' : '',
  ];
}

const MIN_RATE_FLAG = longName(LOAD_OPTIONS.minRate.flags[0]!);

/** `the rate is 1,168/s, below --min-rate 1,200/s` */
export function missedRateLine({ limit, actual, reason }: LoadThreshold): string {
  const flag = `${MIN_RATE_FLAG} ${rateUp(limit)}/s`;
  if (actual !== null) return `the rate is ${rateDown(actual)}/s, below ${flag}`;
  return `the rate is unknown (${reason ?? ''}), so ${flag} fails`;
}
