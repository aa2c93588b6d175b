// SPDX-License-Identifier: MIT
// The data that the page shows: one JSON document in the page, `echogram.page/1` of docs/report.md. It is binned here,
// when the page is written, so that a million probes take no more room than a thousand.

import type {
  SessionResult,
  SessionStart,
  Verdict,
  VerdictCode,
} from '../client/session/session-result.ts';
import type { DistributionSummary } from '../stats/distribution.ts';
import { pagePicture, type PagePicture } from './page-picture.ts';
import { pingCommand } from './ping-command.ts';
import { unansweredSoFar } from './so-far.ts';
import { countOf, formatCount, formatNs, formatRatio } from '../quantities.ts';
import { icmpErrorSenders, isClosedPort, nothingListens } from '../client/verdict/icmp-errors.ts';
import { lossParts, type LossEvidence, type LossPart } from '../client/verdict/loss-parts.ts';
import { splitHeadline } from './headline.ts';
import type { LiveNews } from './recent-window.ts';
import { legendOf, type LegendEntry } from './page-legend.ts';
import { OUTCOME, type Outcome } from './outcome.ts';
import { gradeOf, missedOf } from '../client/verdict/missed.ts';

/** Schema of the data; its number increases when a field changes its meaning or is removed. */
export const PAGE_SCHEMA = 'echogram.page/1';

/** `partial`: the recording is truncated. `live`: the measurement is running. */
export type PageState = 'complete' | 'partial' | 'live';

/** Up to this share of skipped slots, the picture counts as complete. */
const TOLERATED_SKIPS = 0.01;

/** The part of a result that is known before the end, and the rest, which is `null` until it is known. */
export interface Measurement extends SessionStart {
  readonly durationNs: number;
  readonly endedBy: SessionResult['endedBy'] | null;
  readonly datagrams: SessionResult['datagrams'];
  readonly icmpErrors: SessionResult['icmpErrors'];
  readonly forward: SessionResult['forward'];
  readonly backward: SessionResult['backward'];
  readonly reflector: SessionResult['reflector'];
  readonly lossRuns: SessionResult['lossRuns'] | null;
  readonly rttNs: DistributionSummary;
  readonly ipdvNs: DistributionSummary | null;
  readonly pdvNs: DistributionSummary | null;
  readonly smoothedJitterNs: number | null;
  readonly schedule: SessionResult['schedule'] | null;
  readonly timestamps: SessionResult['timestamps'] | null;
  readonly hostDrops: SessionResult['hostDrops'] | null;
  readonly sendFailures: SessionResult['sendFailures'] | null;
  readonly rateLimit: SessionResult['rateLimit'];
  readonly runtime: SessionResult['runtime'] | null;
  readonly streams: SessionResult['streams'];
}

export interface PageData {
  readonly schema: typeof PAGE_SCHEMA;
  readonly state: PageState;
  /** What is missing, one sentence for each. */
  readonly notices: readonly string[];
  readonly outcome: Outcome;
  /** The text in large type, and the text below it. */
  readonly headline: string;
  readonly sentences: readonly string[];
  readonly verdict: Verdict;
  /** The command that repeats the measurement. */
  readonly command: string;
  readonly measurement: Measurement;
  /** The present state, while the measurement is running. */
  readonly live: LiveNews | null;
  /** What the picture shows besides replies, with counts. */
  readonly legend: readonly LegendEntry[];
  readonly picture: PagePicture;
}

/** The page of a measurement that has ended. */
export function pageData(result: SessionResult): PageData {
  const { echogram, verdict, thresholds: _, ...measurement } = result;
  const parts = lossParts(result, verdict.code);
  return {
    schema: PAGE_SCHEMA,
    state: 'complete',
    ...pageOf(verdict, measurement, echogram, parts),
    measurement,
    command: pingCommand(result),
  };
}

/**
 * The page of a measurement that is running, or whose recording is truncated.
 *
 * @param notices  what is missing
 * @param verdict  the current verdict; default: the verdict on the whole run so far
 */
export function unfinishedPageData(
  state: 'partial' | 'live',
  measurement: Measurement,
  echogram: SessionResult['echogram'],
  notices: readonly string[],
  verdict?: Verdict,
): PageData {
  const said = undeliveredSoFar(measurement) ?? verdict ?? soFar(measurement);
  const parts = lossParts(evidenceSoFar(measurement, echogram), said.code);
  const page = pageOf(said, measurement, echogram, parts);
  return {
    schema: PAGE_SCHEMA,
    state,
    ...page,
    notices: [...page.notices, ...notices],
    measurement,
    command: pingCommand(measurement),
  };
}

/** The part that does not depend on whether the measurement has ended. */
function pageOf(
  verdict: Verdict,
  { config, datagrams, sendFailures }: Measurement,
  echogram: SessionResult['echogram'],
  parts: readonly LossPart[],
): Omit<PageData, 'schema' | 'state' | 'measurement' | 'command'> {
  const [first = '', ...others] = verdict.sentences;
  const [headline, rest] = splitHeadline(first);
  const skipped = echogram.skipped.reduce((sum, slots) => sum + slots, 0);
  const slots = datagrams.sent + datagrams.sendFailed + skipped;
  const isTooSlow = skipped > TOLERATED_SKIPS * slots;
  return {
    live: null,
    notices: isTooSlow ? [tooSlow(skipped, slots)] : [],
    outcome: outcomeOf(verdict.code, isTooSlow),
    headline,
    sentences: [rest, ...others].filter((sentence) => sentence !== ''),
    verdict,
    legend: legendOf({ parts, datagrams, sendFailures, skipped, timeoutNs: config.timeoutNs }),
    picture: pagePicture(echogram, parts, config.timeoutNs),
  };
}

/** What this host failed to do is not a loss, but not a success either. */
function outcomeOf(code: VerdictCode, isTooSlow: boolean): Outcome {
  const outcome = OUTCOME[code];
  return outcome === 'good' && isTooSlow ? 'lossy' : outcome;
}

function tooSlow(skipped: number, slots: number): string {
  return `This host was too slow for the requested rate: it skipped ${formatCount(skipped)} of ${countOf(slots, 'slot')} (${formatRatio(skipped / slots)}), and knows nothing about the path at those times.`;
}

/** The evidence about losses, as far as it is known. */
function evidenceSoFar(
  measurement: Measurement,
  echogram: SessionResult['echogram'],
): LossEvidence {
  const isKnown = measurement.tool.engine === 'linux';
  const bufferOrChecksum = echogram.hostDropped.reduce((sum, count) => sum + count, 0);
  return {
    ...measurement,
    echogram,
    alterations: { udpEchoPlus: 0, joined: 0, swappedTimes: 0 },
    elsewhere: null,
    hostDrops: measurement.hostDrops ?? {
      receiveBuffer: isKnown ? 0 : null,
      checksum: 0,
      bufferOrChecksum,
      checksumOfAll: 0,
      sendQueue: isKnown ? 0 : null,
    },
  };
}

/** The verdict if ICMP errors arrived and no reply, in the words of the final verdict. */
function undeliveredSoFar(measurement: Measurement): Verdict | undefined {
  const { received, icmpErrors } = measurement.datagrams;
  if (received > 0 || icmpErrors === 0) return undefined;
  if (isClosedPort(measurement)) {
    return { code: 'NOTHING_LISTENS', sentences: [nothingListens(measurement)] };
  }
  return { code: 'ICMP_ERROR', sentences: [icmpErrorSenders(measurement)] };
}

/** The final verdict needs the whole measurement. */
function soFar({ datagrams, rttNs }: Measurement): Verdict {
  const unanswered = unansweredSoFar(datagrams);
  if (unanswered !== undefined) return unanswered;
  const { sent, lost, late } = datagrams;
  const delay = `median ${formatNs(rttNs.p50)}, p99 ${formatNs(rttNs.p99)}`;
  const lateOnes = late === 0 ? '' : `, ${formatRatio(late / sent)} late`;
  const lostOnes = lost === 0 ? '0 lost' : `${formatRatio(lost / sent)} lost`;
  const code = gradeOf(missedOf(datagrams));
  const headline = headlineOf(code, datagrams);
  return {
    code,
    sentences: [`${headline}. ${lostOnes}${lateOnes} of ${formatCount(sent)} so far; ${delay}.`],
  };
}

function headlineOf(
  code: ReturnType<typeof gradeOf>,
  { sent, sendFailed }: Measurement['datagrams'],
): string {
  switch (code) {
    case 'NOT_ALL_SENT':
      return `This host did not send ${formatCount(sendFailed)} of ${countOf(sent + sendFailed, 'probe')}`;
    case 'PARTLY_WORKS':
      return 'UDP partly works';
    case 'WORKS_WITH_LOSSES':
      return 'UDP works with losses';
    case 'WORKS':
      return 'UDP works';
  }
}
