// SPDX-License-Identifier: MIT
// The table of docs/measuring.md: the condition of each verdict, in order, and its headline.

import { formatCount, formatNs, formatRatio } from '../../quantities.ts';
import type { Measured, VerdictCode } from '../session/session-result.ts';
import { comesFromElsewhere, fromElsewhere } from './elsewhere.ts';
import { droppedHere, hostDropsOf, knownLosses } from './loss-fault.ts';
import { downNow, endsInOutage } from './outage.ts';
import { deadStreams } from './outliers.ts';
import { isMostlyUnsent, missedOf, worksInPart } from './missed.ts';
import { icmpErrorSenders, isClosedPort, nothingListens } from './icmp-errors.ts';
import {
  allLate,
  altered,
  isWrongKey,
  isWrongProtocol,
  silence,
  strays,
  wrongKey,
  wrongProtocol,
} from './unanswered.ts';
import { isTooLong, tooLong } from './too-long.ts';
import { unsent, unsentOf } from './unsent.ts';

interface Condition {
  readonly code: VerdictCode;
  readonly holds: (measured: Measured) => boolean;
  /** The first sentence of the verdict. */
  readonly headline: (measured: Measured) => string;
}

/** The conditions without a reply in time. If every other kind of datagram is zero too, it is silence. */
const UNANSWERED: readonly Condition[] = [
  {
    code: 'NOTHING_LISTENS',
    holds: isClosedPort,
    headline: nothingListens,
  },
  {
    code: 'ICMP_ERROR',
    holds: ({ datagrams }) => datagrams.icmpErrors > 0,
    headline: icmpErrorSenders,
  },
  {
    code: 'WRONG_PROTOCOL',
    holds: isWrongProtocol,
    headline: wrongProtocol,
  },
  {
    code: 'WRONG_KEY',
    holds: isWrongKey,
    headline: wrongKey,
  },
  { code: 'ALL_LATE', holds: ({ datagrams }) => datagrams.late > 0, headline: allLate },
  { code: 'ALTERED', holds: ({ datagrams }) => datagrams.corrupted > 0, headline: altered },
  { code: 'FROM_ELSEWHERE', holds: comesFromElsewhere, headline: fromElsewhere },
  { code: 'STRAYS', holds: ({ datagrams }) => datagrams.stray > 0, headline: strays },
  { code: 'DROPPED_HERE', holds: (measured) => hostDropsOf(measured) > 0, headline: droppedHere },
  { code: 'NO_REPLY', holds: () => true, headline: silence },
];

const ANSWERED: readonly Condition[] = [
  { code: 'DOWN_NOW', holds: endsInOutage, headline: downNow },
  {
    code: 'NOT_ALL_SENT',
    holds: (measured) =>
      isMostlyUnsent({ ...missedOf(measured.datagrams), unsent: unsentOf(measured) }),
    headline: (measured) => `${unsent(measured)!} ${answeredOf(measured)}`,
  },
  {
    code: 'RATE_LIMITED',
    holds: isRateLimited,
    headline: rateLimited,
  },
  { code: 'PARTLY_WORKS', holds: isPartial, headline: partlyWorks },
  {
    code: 'WORKS_WITH_LOSSES',
    holds: ({ datagrams }) => missedOf(datagrams).missed > 0,
    headline: (measured) => `UDP works with losses. ${answeredOf(measured)}`,
  },
  {
    code: 'WORKS',
    holds: () => true,
    headline: (measured) => `UDP works. ${answeredOf(measured)}`,
  },
];

const CONDITIONS: readonly Condition[] = [
  {
    code: 'TOO_LONG',
    holds: (measured) => {
      const { received, late } = measured.datagrams;
      return received + late === 0 && isTooLong(measured);
    },
    headline: tooLong,
  },
  {
    code: 'ERROR',
    holds: ({ endedBy }) => endedBy.code === 'ERROR',
    headline: ({ endedBy }) => `Nothing was measured: ${endedBy.message ?? 'it failed'}.`,
  },
  {
    code: 'NOTHING_SENT',
    holds: ({ datagrams }) => datagrams.sent === 0,
    headline: ({ endedBy }) =>
      endedBy.leftOut === undefined
        ? 'Nothing was sent, so nothing is known.'
        : 'The run ended before waiting for any reply, so nothing is known.',
  },
];

/** The first condition that holds. */
export function conditionOf(measured: Measured): Condition {
  const { received } = measured.datagrams;
  const table = [...CONDITIONS, ...(received === 0 ? UNANSWERED : ANSWERED)];
  return table.find(({ holds }) => holds(measured))!;
}

function isPartial({ datagrams, streams }: Measured): boolean {
  return worksInPart(missedOf(datagrams)) || deadStreams(streams).length > 0;
}

function partlyWorks(measured: Measured): string {
  const { streams } = measured;
  const dead = deadStreams(streams).length;
  if (dead === 0) return `UDP partly works. ${answeredOf(measured)}`;
  return `UDP works from only ${streams.length - dead} of ${streams.length} source ports. ${answeredOf(measured)}`;
}

/** True if there is a rate limit, and more than half of the losses have no other known cause. */
function isRateLimited(measured: Measured): boolean {
  const { rateLimit, datagrams } = measured;
  return rateLimit !== null && 2 * knownLosses(measured) < datagrams.lost;
}

function rateLimited(measured: Measured): string {
  const { perSecond } = measured.rateLimit!;
  const { config, schedule, datagrams } = measured;
  // Skipped slots sent no probe.
  const rate = Math.round((1e9 / config.intervalNs) * (datagrams.sent / schedule.intended));
  return `UDP works up to a rate limit. About ${formatCount(Math.round(perSecond))} of ${formatCount(rate)} probes per second were answered, at a steady pace and with flat round-trip times: the cause is a policer or a per-source limit on the server, such as echogram serve's default of 1,000 (--limit). ${answeredOf(measured)}`;
}

/** The outcome of the probes that were sent. */
function answeredOf(measured: Measured): string {
  const { rttNs } = measured;
  return `${missing(measured)}; median ${formatNs(rttNs.p50)}, p99 ${formatNs(rttNs.p99)}.`;
}

/** Lost and late are reported separately: the path delivered the late ones. */
function missing({ datagrams, lossRuns, config }: Measured): string {
  const { sent, lost, late } = datagrams;
  const nothingLost = `0 lost of ${formatCount(sent)}`;
  if (lost + late === 0) return nothingLost;
  const lostPart = `${formatRatio(lost / sent)} lost`;
  if (late === 0) return `${lostPart}: ${runsOf(lossRuns, lost, 'loss', 'losses')}`;
  const latePart = `${formatRatio(late / sent)} late, after ${formatNs(config.timeoutNs)}`;
  if (lost === 0) {
    return `${nothingLost}; ${latePart}: ${runsOf(lossRuns, late, 'reply', 'replies')}`;
  }
  return `${lostPart} and ${latePart}: ${runsOf(lossRuns, lost + late, 'probe', 'probes')}`;
}

/** How the probes without a reply in time are distributed. */
function runsOf(
  { count, longest }: Measured['lossRuns'],
  missed: number,
  singular: string,
  plural: string,
): string {
  if (missed === 1) return `a single ${singular}`;
  if (longest === 1) return `${formatCount(missed)} isolated ${plural}`;
  if (count === 1) return `a run of ${formatCount(longest)}`;
  return `${formatCount(count)} runs, the longest ${formatCount(longest)}`;
}
