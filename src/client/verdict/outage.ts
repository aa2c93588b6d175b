// SPDX-License-Identifier: MIT
// Decides whether a measurement ended in an outage, of the path or of this host's own sending.

import { countOf, formatCount, formatNs } from '../../quantities.ts';
import type { Measured } from '../session/session-result.ts';
import { isNoChance } from './chance.ts';
import { deadStreams, sumOf } from './outliers.ts';
import { sendFailureText } from './unsent.ts';

/** The minimum number and duration of consecutive missed probes at the end for an outage. */
export const OUTAGE_PROBES = 5;
export const OUTAGE_NS = 200e6;

export function endsInOutage(measured: Measured): boolean {
  return endsInLosses(measured) || endsUnsent(measured);
}

export function downNow(measured: Measured): string {
  return isUnsentNow(measured) ? endedUnsent(measured) : endedInLosses(measured);
}

/** True if the headline of an outage is that this host sends nothing; it then says how much, and why. */
export function isUnsentNow(measured: Measured): boolean {
  return !endsInLosses(measured);
}

function endsInLosses(measured: Measured): boolean {
  const { datagrams, lossRuns, config, streams } = measured;
  const dead = sumOf(deadStreams(streams));
  const missed = datagrams.lost + datagrams.late - dead.missed;
  const sent = datagrams.sent - dead.sent;
  const atEnd = aliveAtEnd(measured);
  // The path delivered the late ones, and these may be the ones at the end.
  if (atEnd - datagrams.late < OUTAGE_PROBES) return false;
  if (lossRuns.atEnd * config.intervalNs < OUTAGE_NS) return false;
  return isNoChance({ missed: missed - atEnd, sent: sent - atEnd }, atEnd);
}

/** The minimum number of losses at the end that dead source ports do not explain: probes use the ports in turn. */
function aliveAtEnd({ streams, lossRuns: { atEnd } }: Measured): number {
  const dead = deadStreams(streams).length;
  const turns = Math.floor(atEnd / streams.length);
  return turns * (streams.length - dead) + Math.max(0, (atEnd % streams.length) - dead);
}

function endedInLosses({ datagrams, lossRuns, config, rttNs }: Measured): string {
  const { sent, lost, late } = datagrams;
  const { atEnd } = lossRuns;
  const lastedNs = atEnd * config.intervalNs;
  const before = sent - atEnd;
  const missed = lost + late - atEnd;
  const share =
    missed === 0
      ? `all ${formatCount(before)}`
      : `${formatCount(before - missed)} of ${formatCount(before)}`;
  return `UDP does not work right now. The last ${formatCount(atEnd)} probes (${formatNs(lastedNs)}) had no reply in time; before that, ${share} were answered: median ${formatNs(rttNs.p50)}.`;
}

/**
 * Probes in the last columns in which this host sent none. The column in which that began is not included, so there may
 * be a few more.
 */
function unsentAtEnd({ echogram }: Measured): number {
  const { sent, sendFailed } = echogram;
  const columnsBefore = sent.findLastIndex((count) => count > 0) + 1;
  return sendFailed.slice(columnsBefore).reduce((sum, count) => sum + count, 0);
}

function endsUnsent(measured: Measured): boolean {
  const { datagrams, config } = measured;
  const { sent, sendFailed, lost, late } = datagrams;
  const atEnd = unsentAtEnd(measured);
  if (atEnd < OUTAGE_PROBES || atEnd * config.intervalNs < OUTAGE_NS) return false;
  const missedBefore = sendFailed + lost + late - atEnd;
  return isNoChance({ missed: missedBefore, sent: sent + sendFailed - atEnd }, atEnd);
}

function endedUnsent(measured: Measured): string {
  const { datagrams, config, rttNs, sendFailures } = measured;
  const atEnd = unsentAtEnd(measured);
  const { sent, received, sendFailed } = datagrams;
  const lasted = formatNs(atEnd * config.intervalNs);
  return `UDP does not work right now. This host could not send the last ${formatCount(atEnd)} probes (${lasted}); in all it did not send ${formatCount(sendFailed)} of ${countOf(sent + sendFailed, 'probe')} (${sendFailureText(sendFailures)}). Of ${formatCount(sent)} sent, ${formatCount(received)} were answered: median ${formatNs(rttNs.p50)}.`;
}
