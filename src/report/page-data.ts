// SPDX-License-Identifier: MIT
// What the page shows, as data: one JSON document in the page, `echogram.page/1` of docs/report.md.
// Binned here, on writing, so that a million probes take no more room than a thousand.

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
import { countOf, formatNs, formatRatio } from '../quantities.ts';
import { gradeOf, missedOf } from '../client/verdict/missed.ts';

/** Schema of the data; its number rises when a field changes its meaning or goes. */
export const PAGE_SCHEMA = 'echogram.page/1';

/** `partial`: the recording was cut short. `live`: the measurement runs. */
export type PageState = 'complete' | 'partial' | 'live';

/** `good`: it works. `lossy`: in part. `down`: nothing comes back. `unknown`: nothing is known yet. */
export type Outcome = 'good' | 'lossy' | 'down' | 'unknown';

/** The tone of each verdict. */
const OUTCOME: Readonly<Record<VerdictCode, Outcome>> = {
  ERROR: 'down',
  NOTHING_SENT: 'unknown',
  NOTHING_LISTENS: 'down',
  ICMP_ERROR: 'down',
  WRONG_PROTOCOL: 'down',
  WRONG_KEY: 'down',
  ALL_LATE: 'down',
  ALTERED: 'down',
  FROM_ELSEWHERE: 'down',
  STRAYS: 'down',
  DROPPED_HERE: 'down',
  NO_REPLY: 'down',
  DOWN_NOW: 'down',
  NOT_ALL_SENT: 'lossy',
  RATE_LIMITED: 'lossy',
  PARTLY_WORKS: 'lossy',
  WORKS_WITH_LOSSES: 'lossy',
  WORKS: 'good',
};

/** What of a result can be told before its end, and the rest, or `null` where it isn't known yet. */
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
  /** What is missing, a sentence each. */
  readonly notices: readonly string[];
  readonly outcome: Outcome;
  readonly verdict: Verdict;
  /** The command that measures the same again. */
  readonly command: string;
  readonly measurement: Measurement;
  readonly picture: PagePicture;
}

/** The page of a measurement that has ended. */
export function pageData(result: SessionResult): PageData {
  const { echogram, verdict, thresholds: _, ...measurement } = result;
  return {
    schema: PAGE_SCHEMA,
    state: 'complete',
    notices: [],
    outcome: OUTCOME[verdict.code],
    verdict,
    command: pingCommand(result),
    measurement,
    picture: pagePicture(echogram, result.config.timeoutNs),
  };
}

/**
 * The page of a measurement that runs, or whose recording was cut short.
 *
 * @param notices  what is missing
 * @param verdict  what it says right now; unless given, what all of it says so far
 */
export function unfinishedPageData(
  state: 'partial' | 'live',
  measurement: Measurement,
  echogram: SessionResult['echogram'],
  notices: readonly string[],
  verdict: Verdict = soFar(measurement),
): PageData {
  return {
    schema: PAGE_SCHEMA,
    state,
    notices,
    outcome: OUTCOME[verdict.code],
    verdict,
    command: pingCommand(measurement),
    measurement,
    picture: pagePicture(echogram, measurement.config.timeoutNs),
  };
}

/** The verdict proper needs the whole measurement. */
function soFar({ datagrams, rttNs }: Measurement): Verdict {
  const unanswered = unansweredSoFar(datagrams);
  if (unanswered !== undefined) return unanswered;
  const { sent, lost, late } = datagrams;
  const delay = `median ${formatNs(rttNs.p50)}, p99 ${formatNs(rttNs.p99)}`;
  const lateOnes = late === 0 ? '' : `, ${formatRatio(late / sent)} late`;
  const lostOnes = lost === 0 ? 'Nothing lost' : `${formatRatio(lost / sent)} lost`;
  const code = gradeOf(missedOf(datagrams));
  const headline = headlineOf(code, datagrams);
  return { code, sentences: [`${headline}. ${lostOnes}${lateOnes} of ${sent} so far; ${delay}.`] };
}

function headlineOf(
  code: ReturnType<typeof gradeOf>,
  { sent, sendFailed }: Measurement['datagrams'],
): string {
  switch (code) {
    case 'NOT_ALL_SENT':
      return `This host did not send ${sendFailed} of ${countOf(sent + sendFailed, 'probe')}`;
    case 'PARTLY_WORKS':
      return 'UDP partly works';
    case 'WORKS_WITH_LOSSES':
      return 'UDP works with losses';
    case 'WORKS':
      return 'UDP works';
  }
}
