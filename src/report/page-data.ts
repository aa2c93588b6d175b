// SPDX-License-Identifier: MIT
// What the page shows, as data: one JSON document in the page, `echogram.page/1` of docs/report.md.
// Binned here, on writing, so that a million probes take no more room than a thousand.

import type { SessionResult, SessionStart } from '../client/session-result.ts';
import type { DistributionSummary } from '../stats/distribution.ts';
import { pagePicture, type PagePicture } from './page-picture.ts';
import { pingCommand } from './ping-command.ts';
import { formatNs, formatRatio } from './quantities.ts';
import { verdict } from './verdict.ts';

/** Schema of the data; its number rises when a field changes its meaning or goes. */
export const PAGE_SCHEMA = 'echogram.page/1';

/** `partial`: the recording was cut short. `live`: the measurement runs. */
export type PageState = 'complete' | 'partial' | 'live';

/** `good`: nothing lost. `lossy`: some was. `down`: nothing came back. `unknown`: nothing is known yet. */
export type Outcome = 'good' | 'lossy' | 'down' | 'unknown';

/** What of a result can be told before its end, and the rest, or `null` where it isn't known yet. */
export interface Measurement extends SessionStart {
  readonly durationNs: number;
  readonly endedBy: SessionResult['endedBy'] | null;
  readonly datagrams: SessionResult['datagrams'];
  readonly refusals: SessionResult['refusals'];
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
  readonly runtime: SessionResult['runtime'] | null;
  readonly streams: SessionResult['streams'];
}

export interface PageData {
  readonly schema: typeof PAGE_SCHEMA;
  readonly state: PageState;
  /** What is missing, a sentence each. */
  readonly notices: readonly string[];
  readonly outcome: Outcome;
  /** Sentences, the most important first. */
  readonly verdict: readonly string[];
  /** The command that measures the same again. */
  readonly command: string;
  readonly measurement: Measurement;
  readonly picture: PagePicture;
}

/** The page of a measurement that has ended. */
export function pageData(result: SessionResult): PageData {
  const { echogram, ...measurement } = result;
  return {
    schema: PAGE_SCHEMA,
    state: 'complete',
    notices: [],
    outcome: outcomeOf(measurement),
    verdict: verdict(result),
    command: pingCommand(result),
    measurement,
    picture: pagePicture(echogram, result.config.timeoutNs),
  };
}

/**
 * The page of a measurement that runs, or whose recording was cut short.
 *
 * @param notices  what is missing
 */
export function unfinishedPageData(
  state: 'partial' | 'live',
  measurement: Measurement,
  echogram: SessionResult['echogram'],
  notices: readonly string[],
): PageData {
  return {
    schema: PAGE_SCHEMA,
    state,
    notices,
    outcome: outcomeOf(measurement),
    verdict: [soFar(measurement)],
    command: pingCommand(measurement),
    measurement,
    picture: pagePicture(echogram, measurement.config.timeoutNs),
  };
}

function outcomeOf({ datagrams, endedBy }: Measurement): Outcome {
  const { sent, received, lossRatio } = datagrams;
  if (endedBy?.code === 'ERROR') return 'down';
  if (sent === 0) return 'unknown';
  if (received === 0) return 'down';
  return lossRatio === 0 ? 'good' : 'lossy';
}

/** The verdict proper needs the whole measurement. */
function soFar({ datagrams, rttNs }: Measurement): string {
  const { sent, received, lost, late } = datagrams;
  if (sent === 0) return 'Nothing is known yet.';
  if (received === 0) return `No reply so far to ${sent} probes.`;
  const delay = `median ${formatNs(rttNs.p50)}, p99 ${formatNs(rttNs.p99)}`;
  const lateOnes = late === 0 ? '' : `, ${formatRatio(late / sent)} late`;
  const lostOnes = lost === 0 ? 'Nothing lost' : `${formatRatio(lost / sent)} lost`;
  return `UDP works. ${lostOnes}${lateOnes} of ${sent} so far; ${delay}.`;
}
