// SPDX-License-Identifier: MIT
// The first screen: the verdict in large type, and the numbers behind it.

import { DROP_WORDS } from '../../client/host/drop-words.ts';
import { SIGN, type Outcome } from '../outcome.ts';
import type { Measurement, PageData } from '../page-data.ts';
import { countOf, formatCount, formatNs, formatRatio, nounFor } from '../../quantities.ts';
import { element, table } from '../../browser/dom.ts';

/** Maximum characters in large type. */
const LONG_HEADLINE = 48;

export function summary(data: PageData): HTMLElement {
  const { outcome, headline, sentences, notices, measurement, state, live } = data;
  return element(
    'section',
    { class: `summary ${outcome}`, id: 'summary', 'aria-label': 'Verdict' },
    element('p', { class: 'target' }, ...targetLine(measurement, lastedText(measurement, state))),
    headlineOf(outcome, headline),
    ...notices.map((notice) => element('p', { class: 'notice', role: 'note' }, notice)),
    ...sentences.map((sentence) => element('p', { class: 'sentence' }, sentence)),
    live === null
      ? element('dl', { class: 'tiles' }, ...tiles(measurement))
      : nowAndAll(live, measurement),
  );
}

export function headlineOf(outcome: Outcome, headline: string): HTMLElement {
  return element(
    'h1',
    headline.length > LONG_HEADLINE ? { class: 'long' } : {},
    element('span', { class: 'sign', 'aria-hidden': 'true' }, SIGN[outcome]),
    element('span', {}, headline),
  );
}

const LIVE = 'live';

function lastedText({ durationNs }: Measurement, state: PageData['state']): string {
  return state === 'live' ? LIVE : formatNs(durationNs);
}

/** @param lasted  how long it took */
export function targetLine(
  {
    target,
    startedAt,
  }: Pick<Measurement, 'startedAt'> & {
    readonly target: Pick<Measurement['target'], 'host' | 'address' | 'port' | 'protocol'>;
  },
  lasted: string,
): Node[] {
  const address = target.address === target.host ? '' : ` (${target.address})`;
  return [
    element('strong', {}, `${target.host}${address} port ${target.port}`),
    element('span', {}, target.protocol),
    element(
      'time',
      { datetime: startedAt },
      startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC'),
    ),
    element('span', lasted === LIVE ? { class: LIVE } : {}, lasted),
  ];
}

/** The latest stretch beside the whole run. */
function nowAndAll(
  { recent }: NonNullable<PageData['live']>,
  { datagrams, rttNs }: Measurement,
): HTMLElement {
  const head = ['Figure', `Last ${formatNs(recent.stretchNs)}`, 'Whole run'];
  const both = [recent, datagrams];
  const missed = both.map(({ received, lost, late }) => {
    const settled = received + lost + late;
    return formatRatio(settled === 0 ? null : (lost + late) / settled);
  });
  const rows = [
    ['Answered', ...both.map(({ received }) => formatCount(received))],
    ['Lost or late', ...missed],
    ['Lost', ...both.map(({ lost }) => formatCount(lost))],
    ['Late', ...both.map(({ late }) => formatCount(late))],
    ['Median', formatNs(recent.p50Ns), formatNs(rttNs.p50)],
    ['p99', formatNs(recent.p99Ns), formatNs(rttNs.p99)],
    ['Not sent', ...both.map(({ sendFailed }) => formatCount(sendFailed))],
  ];
  return element('div', { class: 'now' }, table('Right now, and the whole run', head, rows));
}

function tiles(measurement: Measurement): HTMLElement[] {
  const { datagrams, rttNs, lossRuns, smoothedJitterNs, hostDrops } = measurement;
  const { sent, received, lost, late, duplicate, reordered, sendFailed } = datagrams;
  const notSent = sendFailed === 0 ? '' : `, ${formatCount(sendFailed)} not sent`;
  const others = `of ${formatCount(sent)}${notSent}; ${countOf(duplicate, 'duplicate')}, ${formatCount(reordered)} reordered`;
  return [
    tile(
      late === 0 ? 'Lost' : 'Lost or late',
      formatRatio(datagrams.lossRatio),
      sent === 0 ? 'nothing was sent' : `${formatCount(lost)} lost, ${formatCount(late)} late`,
    ),
    tile('Median', formatNs(rttNs.p50), replyText(rttNs.min, 'fastest')),
    tile('p99', formatNs(rttNs.p99), replyText(rttNs.max, 'slowest')),
    tile(
      'Jitter',
      formatNs(smoothedJitterNs),
      smoothedJitterNs === null ? jitterGap(measurement) : 'RFC 3550',
    ),
    tile('Answered', formatCount(received), others),
    tile('Longest gap', lossRuns === null ? '-' : formatCount(lossRuns.longest), gapText(lossRuns)),
    tile('Dropped here', dropText(hostDrops), dropReason(hostDrops)),
  ];
}

/** The text below a dash: why there is no value. */
function replyText(ns: number | null, what: string): string {
  return ns === null ? 'no reply in time' : `${what} ${formatNs(ns)}`;
}

function jitterGap({ endedBy }: Measurement): string {
  return endedBy === null ? 'known at the end' : 'needs two replies';
}

function gapText(lossRuns: Measurement['lossRuns']): string {
  if (lossRuns === null) return 'known at the end';
  const runs = countOf(lossRuns.count, 'run of losses', 'runs of losses');
  return `${nounFor(lossRuns.longest, 'probe')} in a row; ${runs}`;
}

function dropText(hostDrops: Measurement['hostDrops']): string {
  const { receiveBuffer = null, checksum, bufferOrChecksum } = hostDrops ?? {};
  if (receiveBuffer === null) return 'not known';
  return formatCount(receiveBuffer + (checksum ?? 0) + (bufferOrChecksum ?? 0));
}

/** The reason in the verdict's words. If there are no drops, or none yet, the reasons that would be counted. */
function dropReason(hostDrops: Measurement['hostDrops']): string {
  const { receiveBuffer, checksum, bufferOrChecksum } = hostDrops ?? {};
  const causes = [
    [receiveBuffer ?? 0, DROP_WORDS.receiveBuffer],
    [checksum ?? 0, DROP_WORDS.checksum],
    [bufferOrChecksum ?? 0, DROP_WORDS.bufferOrChecksum],
  ] as const;
  const counted = causes.filter(([count]) => count > 0);
  if (counted.length < 2) return counted[0]?.[1] ?? DROP_WORDS.bufferOrChecksum;
  return counted.map(([count, what]) => `${formatCount(count)} ${what}`).join(', ');
}

export function tile(name: string, value: string, beside: string): HTMLElement {
  return element(
    'div',
    { class: 'tile' },
    element('dt', {}, name),
    element('dd', { class: 'value' }, value === '-' ? '–' : value),
    element('dd', { class: 'beside' }, beside),
  );
}
