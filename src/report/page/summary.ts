// SPDX-License-Identifier: MIT
// The first screen: what the measurement says, in large type, and the numbers that say it.

import { DROP_WORDS } from '../../client/host/drop-words.ts';
import type { Measurement, Outcome, PageData } from '../page-data.ts';
import { countOf, formatNs, formatRatio } from '../../quantities.ts';
import { element } from './dom.ts';

/** A sign beside the colour, for whoever does not see that. */
const SIGN: Readonly<Record<Outcome, string>> = { good: '✓', lossy: '!', down: '✕', unknown: '?' };

export function summary({ outcome, verdict, notices, measurement, state }: PageData): HTMLElement {
  const [first = '', ...others] = verdict.sentences;
  const [headline, rest] = splitHeadline(first);
  const sentences = [rest, ...others].filter((sentence) => sentence !== '');
  return element(
    'section',
    { class: `summary ${outcome}`, id: 'summary', 'aria-label': 'Verdict' },
    element('p', { class: 'target' }, ...targetLine(measurement, state)),
    element(
      'h1',
      {},
      element('span', { class: 'sign', 'aria-hidden': 'true' }, SIGN[outcome]),
      element('span', {}, headline),
    ),
    ...sentences.map((sentence) => element('p', { class: 'sentence' }, sentence)),
    ...notices.map((notice) => element('p', { class: 'notice', role: 'note' }, notice)),
    element('dl', { class: 'tiles' }, ...tiles(measurement)),
  );
}

/** `UDP works.`, and the rest. */
function splitHeadline(sentence: string): [string, string] {
  const [, head, , rest] = /^(.{1,60}?)(\. |: )(.*)$/s.exec(sentence) ?? [];
  if (head === undefined || rest === undefined) return [sentence, ''];
  return [`${head}.`, rest.charAt(0).toUpperCase() + rest.slice(1)];
}

function targetLine(
  { target, startedAt, durationNs }: Measurement,
  state: PageData['state'],
): Node[] {
  const address = target.address === target.host ? '' : ` (${target.address})`;
  const lasted = state === 'live' ? 'live' : formatNs(durationNs);
  return [
    element('strong', {}, `${target.host}${address} port ${target.port}`),
    element('span', {}, target.protocol),
    element(
      'time',
      { datetime: startedAt },
      startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC'),
    ),
    element('span', state === 'live' ? { class: 'live' } : {}, lasted),
  ];
}

function tiles(measurement: Measurement): HTMLElement[] {
  const { datagrams, rttNs, lossRuns, smoothedJitterNs, hostDrops } = measurement;
  const { sent, received, lost, late, duplicate, reordered } = datagrams;
  const others = `of ${sent}; ${countOf(duplicate, 'duplicate')}, ${reordered} reordered`;
  return [
    tile(
      late === 0 ? 'Lost' : 'Lost or late',
      formatRatio(datagrams.lossRatio),
      `${lost} lost, ${late} late`,
    ),
    tile('Median', formatNs(rttNs.p50), `fastest ${formatNs(rttNs.min)}`),
    tile('p99', formatNs(rttNs.p99), `slowest ${formatNs(rttNs.max)}`),
    tile('Jitter', formatNs(smoothedJitterNs), 'RFC 3550'),
    tile('Answered', String(received), others),
    tile('Longest gap', String(lossRuns?.longest ?? '-'), gapText(lossRuns)),
    tile('Dropped here', dropText(hostDrops), dropReason(hostDrops)),
  ];
}

function gapText(lossRuns: Measurement['lossRuns']): string {
  if (lossRuns === null) return 'known at the end';
  const runs = countOf(lossRuns.count, 'run of losses', 'runs of losses');
  return `${lossRuns.longest === 1 ? 'probe' : 'probes'} in a row; ${runs}`;
}

function dropText(hostDrops: Measurement['hostDrops']): string {
  const { receiveBuffer = null, checksum, bufferOrChecksum } = hostDrops ?? {};
  if (receiveBuffer === null) return 'not known';
  return String(receiveBuffer + (checksum ?? 0) + (bufferOrChecksum ?? 0));
}

/** In the verdict's words. Where none are counted, or not yet, what would be. */
function dropReason(hostDrops: Measurement['hostDrops']): string {
  const { receiveBuffer, checksum, bufferOrChecksum } = hostDrops ?? {};
  const causes = [
    [receiveBuffer ?? 0, DROP_WORDS.receiveBuffer],
    [checksum ?? 0, DROP_WORDS.checksum],
    [bufferOrChecksum ?? 0, DROP_WORDS.bufferOrChecksum],
  ] as const;
  const counted = causes.filter(([count]) => count > 0);
  if (counted.length < 2) return counted[0]?.[1] ?? DROP_WORDS.bufferOrChecksum;
  return counted.map(([count, what]) => `${count} ${what}`).join(', ');
}

function tile(name: string, value: string, beside: string): HTMLElement {
  return element(
    'div',
    { class: 'tile' },
    element('dt', {}, name),
    element('dd', { class: 'value' }, value),
    element('dd', { class: 'beside' }, beside),
  );
}
