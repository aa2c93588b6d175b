// SPDX-License-Identifier: MIT
// The first screen of a load: the verdict in large type, and the numbers behind it.

import { rateDown, rateNear, rateUp } from '../../../load/verdict/load-words.ts';
import type { LoadResult } from '../../../load/load-result.ts';
import { formatBps, formatBytes, formatCount, formatNs, formatRatio } from '../../../quantities.ts';
import { element } from '../../../browser/dom.ts';
import type { LoadPageData } from '../../load-page-data.ts';
import { headlineOf, targetLine, tile } from '../summary.ts';

export function loadSummary({ outcome, headline, sentences, result }: LoadPageData): HTMLElement {
  return element(
    'section',
    { class: `summary ${outcome}`, id: 'summary', 'aria-label': 'Verdict' },
    element('p', { class: 'target' }, ...targetLine(result, formatNs(result.durationNs))),
    headlineOf(outcome, headline),
    ...sentences.map((sentence) => element('p', { class: 'sentence' }, sentence)),
    element('dl', { class: 'tiles' }, ...tiles(result)),
  );
}

function tiles(result: LoadResult): HTMLElement[] {
  const { throughput, capacity, knee, idle, spent, config } = result;
  const { lowerPps, upperPps, widthRatio } = throughput;
  const octets = `${formatCount(config.payloadBytes)} octets each`;
  return [
    tile('Passed', perSecond(lowerPps, rateDown), lowerPps === null ? 'no trial passed' : octets),
    tile(
      'Did not pass',
      perSecond(upperPps, rateUp),
      upperPps === null ? 'no rate failed' : `${formatRatio(widthRatio)} apart`,
    ),
    tile(
      'Arrived at most',
      perSecond(capacity?.pps ?? null, rateNear),
      capacity === null ? 'not overloaded' : `${formatBps(capacity.ipBps)} of IP packets`,
    ),
    limitTile(result),
    tile(
      'Knee',
      perSecond(knee?.pps ?? null, rateDown),
      knee === null ? 'not found' : `p95 ${formatNs(knee.p95Ns)}`,
    ),
    tile(
      'Idle median',
      formatNs(idle.rttNs.p50),
      `${formatRatio(idle.lossRatio)} lost without load`,
    ),
    tile('Sent', formatCount(spent.datagrams), formatBytes(spent.ipBytes)),
  ];
}

function perSecond(pps: number | null, words: (pps: number) => string): string {
  return pps === null ? '-' : `${words(pps)}/s`;
}

function limitTile({ limit }: LoadResult): HTMLElement {
  const { kind, queueNs, queueIsFull, policerPps, policerBurst } = limit;
  switch (kind) {
    case 'queue':
      return tile('Queue', formatNs(queueNs), queueIsFull === true ? 'when full' : 'at least');
    case 'policer': {
      const bursts = policerBurst === null ? 'no queue' : `bursts of ${formatCount(policerBurst)}`;
      return tile('Rate limit', perSecond(policerPps, rateNear), bursts);
    }
    default:
      return tile('Limit', LIMIT_WORDS[kind], 'what was found above');
  }
}

const LIMIT_WORDS: Readonly<
  Record<Exclude<LoadResult['limit']['kind'], 'queue' | 'policer'>, string>
> = {
  none: 'none',
  host: 'this host',
  server: 'the server',
  unknown: 'unknown',
};
