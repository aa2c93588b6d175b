// SPDX-License-Identifier: MIT
// Whether a measurement ended in an outage: of the path, or of this host's own sending.

import { countOf, formatNs } from '../../quantities.ts';
import type { Measured } from '../session/session-result.ts';
import { isNoChance } from './chance.ts';
import { deadStreams, sumOf } from './outliers.ts';
import { sendFailureText } from './unsent.ts';

/** A measurement that ends in as many missed probes in a row, and as long, ended in an outage. */
export const OUTAGE_PROBES = 5;
export const OUTAGE_NS = 200e6;

export function endsInOutage(measured: Measured): boolean {
  return endsInLosses(measured) || endsUnsent(measured);
}

export function downNow(measured: Measured): string {
  return endsInLosses(measured) ? endedInLosses(measured) : endedUnsent(measured);
}

function endsInLosses(measured: Measured): boolean {
  const { datagrams, lossRuns, config, streams } = measured;
  const dead = sumOf(deadStreams(streams));
  const missed = datagrams.lost + datagrams.late - dead.missed;
  const sent = datagrams.sent - dead.sent;
  const atEnd = aliveAtEnd(measured);
  // The path delivered the late ones, which may be those of the end.
  if (atEnd - datagrams.late < OUTAGE_PROBES) return false;
  if (lossRuns.atEnd * config.intervalNs < OUTAGE_NS) return false;
  return isNoChance({ missed: missed - atEnd, sent: sent - atEnd }, atEnd);
}

/** Of the losses at the end, those that a dead source port does not explain, at least: probes take ports in turn. */
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
  const share = missed === 0 ? `all ${before}` : `${before - missed} of ${before}`;
  return `UDP does not work right now. The last ${atEnd} probes (${formatNs(lastedNs)}) had no reply in time; before, ${share} were answered: median ${formatNs(rttNs.p50)}.`;
}

/**
 * Probes of the columns at the end in which this host sent none. The column in which that began is not among them,
 * so that they may be a few more.
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
  return `UDP does not work right now. This host could not send the last ${atEnd} probes (${lasted}); of ${countOf(sent + sendFailed, 'probe')} it did not send ${sendFailed} (${sendFailureText(sendFailures)}). Of ${sent} sent, ${received} were answered: median ${formatNs(rttNs.p50)}.`;
}
