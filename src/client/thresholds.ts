// SPDX-License-Identifier: MIT
// Checks the thresholds of a measurement. Counts are compared, never quotients.

import { levelsOf, type Limit } from '../options/limit.ts';
import { countOf } from '../quantities.ts';
import { nearestRank } from '../stats/nearest-rank.ts';
import type { PingOptions } from './ping-options.ts';
import type { Measured, ReflectorResult, Threshold } from './session/session-result.ts';
import { missedOf } from './verdict/missed.ts';
import { exceedsRatio } from './verdict/ratios.ts';

/** The options that set limits. */
export type ThresholdOptions = Pick<
  PingOptions,
  'maxLossRatio' | 'maxForwardLossRatio' | 'maxBackwardLossRatio' | 'maxP99Ms' | 'maxJitterMs'
>;

type Numbers = Pick<
  Measured,
  'datagrams' | 'rttNs' | 'smoothedJitterNs' | 'forward' | 'backward' | 'reflector'
>;

/** The result of checking a limit. */
type Judged = Pick<Threshold, 'actual' | 'held' | 'reason'>;

/** The limits of the 99th percentile in whole nanoseconds, the lowest first. */
export function p99LimitsNs({ maxP99Ms }: ThresholdOptions): readonly number[] {
  return maxP99Ms === undefined ? [] : levelsOf(maxP99Ms).map(({ limit }) => wholeNs(limit));
}

/**
 * Each given limit with the measured value.
 *
 * @param rttsAbove  replies in time that took longer than each of `p99LimitsNs`
 */
export function checkThresholds(
  options: ThresholdOptions,
  measured: Numbers,
  rttsAbove: readonly number[],
): readonly Threshold[] {
  const { maxLossRatio, maxForwardLossRatio, maxBackwardLossRatio, maxP99Ms, maxJitterMs } =
    options;
  return [
    ...threshold('missedRatio', maxLossRatio, (limit) => judgeMissed(limit, measured)),
    ...threshold('forwardLossRatio', maxForwardLossRatio, (limit) =>
      judgeDirection(limit, measured, forwardLosses),
    ),
    ...threshold('backwardLossRatio', maxBackwardLossRatio, (limit) =>
      judgeDirection(limit, measured, backwardLosses),
    ),
    ...threshold(
      'rttP99Ns',
      maxP99Ms,
      (limit, at) => judgeP99(limit, measured, rttsAbove[at]!),
      wholeNs,
    ),
    ...threshold('smoothedJitterNs', maxJitterMs, (limit) => judgeJitter(limit, measured), wholeNs),
  ];
}

function wholeNs(ms: number): number {
  return Math.round(ms * 1e6);
}

/** @param judge  gets each limit with its index among those of the option */
function threshold(
  name: Threshold['name'],
  given: Limit | undefined,
  judge: (limit: number, at: number) => Judged,
  toResult = (limit: number) => limit,
): Threshold[] {
  if (given === undefined) return [];
  return levelsOf(given).map(({ level, limit: asGiven }, at) => {
    const limit = toResult(asGiven);
    return { name, level, limit, ...judge(limit, at) };
  });
}

function unknown(reason: string): Judged {
  return { actual: null, held: false, reason };
}

function judgeMissed(limit: number, { datagrams }: Numbers): Judged {
  const { asked, missed } = missedOf(datagrams);
  if (asked === 0) return unknown('no probe was sent');
  return { actual: missed / asked, held: !exceedsRatio(missed, asked, limit), reason: null };
}

/**
 * Judged by the count of replies above the limit, which is exact: the percentile of a result comes from buckets, and
 * may be up to 1/128 above the true one.
 */
function judgeP99(limit: number, { datagrams, rttNs }: Numbers, rttsAbove: number): Judged {
  const { received } = datagrams;
  const { p99 } = rttNs;
  if (received === 0 || p99 === null) return unknown('no reply arrived in time');
  const held = received - rttsAbove >= nearestRank(99, received);
  return { actual: held ? Math.min(p99, limit) : p99, held, reason: null };
}

function judgeJitter(limit: number, { smoothedJitterNs: actual }: Numbers): Judged {
  if (actual === null) return unknown('it takes two replies to the same source port');
  return { actual, held: actual <= limit, reason: null };
}

/** Datagrams lost and sent in one direction. */
interface Losses {
  /** The counts if none of the losses in an unknown direction belong to this one, and if all do. */
  readonly least: readonly [lost: number, sent: number];
  readonly most: readonly [lost: number, sent: number];
}

/** The counts from a reflector that numbers its replies. */
interface DirectionNumbers {
  readonly sent: number;
  readonly forward: number;
  readonly backward: number;
  readonly unanswered: number;
  readonly unattributed: number;
}

function forwardLosses({ sent, forward, unattributed }: DirectionNumbers): Losses {
  return { least: [forward, sent], most: [forward + unattributed, sent] };
}

/** A probe that was lost on the way there, or not answered, has no reply that could be lost on the way back. */
function backwardLosses(numbers: DirectionNumbers): Losses {
  const { sent, forward, backward, unanswered, unattributed } = numbers;
  const replies = sent - forward - unanswered;
  return {
    least: [backward, replies - unattributed],
    most: [backward + unattributed, replies],
  };
}

function judgeDirection(
  limit: number,
  { datagrams, forward, backward, reflector }: Numbers,
  lossesOf: (numbers: DirectionNumbers) => Losses,
): Judged {
  const { unattributed = null, unanswered = null } = reflector ?? {};
  const lost = { forward: forward?.lost ?? null, backward: backward?.lost ?? null };
  if (lost.forward === null || lost.backward === null || unattributed === null) {
    return unknown(unknownDirection(reflector));
  }
  const { least, most } = lossesOf({
    sent: datagrams.sent,
    forward: lost.forward,
    backward: lost.backward,
    unanswered: unanswered ?? 0,
    unattributed,
  });
  if (!exceedsRatio(...most, limit)) return { actual: most[0] / most[1], held: true, reason: null };
  if (exceedsRatio(...least, limit)) {
    return { actual: least[0] / least[1], held: false, reason: null };
  }
  const losses = countOf(unattributed, 'loss', 'losses');
  return unknown(`the direction of ${losses} cannot be determined`);
}

function unknownDirection(reflector: ReflectorResult | null): string {
  switch (reflector?.numbering) {
    case 'copied':
      return 'the reflector is stateless and repeats our sequence numbers';
    case 'inconsistent':
      return "the other end's sequence numbers do not match ours";
    default:
      return 'no reply arrived';
  }
}
