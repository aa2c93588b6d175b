// SPDX-License-Identifier: MIT
// How one target does now: its state, its alerts and the numbers of the last minute.

import { element, type Child } from '../../browser/dom.ts';
import { formatCount, formatNs, formatRatio } from '../../quantities.ts';
import type { Outcome } from '../../report/outcome.ts';
import type { ApiStatus } from '../watch-api.ts';
import type { Live } from './live.ts';
import { alertNotice, firing } from './notices.ts';
import { headline, shownOf } from './state.ts';
import { ageText, momentOf, replyText, sinceText } from './times.ts';

interface Summary {
  readonly tone: Outcome;
  readonly children: readonly Child[];
}

/** @param status  `undefined` if it is not known yet, or not watched */
export function summaryOf(
  name: string,
  status: ApiStatus | undefined,
  live: Live,
  isWatched: boolean,
): Summary {
  if (status === undefined) {
    const sentence = element('p', { class: 'sentence' }, unknownWords(live, isWatched));
    return { tone: 'unknown', children: [headline('unknown', name), sentence] };
  }
  const { nowMs } = live;
  const shown = shownOf(status, live);
  const since = shown.isStale ? shown.since : `since ${sinceText(status.state.sinceMs, nowMs)}`;
  const alerts = firing(live).filter(({ key }) => key === status.target.key);
  return {
    tone: shown.tone,
    children: [
      element('p', { class: 'target' }, whereOf(status)),
      headline(shown.tone, `${name}: ${shown.label}`),
      element('p', { class: 'sentence' }, `${shown.words} `, element('small', {}, since)),
      ...alerts.map((alert) => alertNotice(alert, nowMs)),
      tiles(status, nowMs, shown.isStale),
    ],
  };
}

export function titleOf(name: string, status: ApiStatus | undefined, live: Live): string {
  return status === undefined ? name : `${name}: ${shownOf(status, live).label}`;
}

function unknownWords(live: Live, isWatched: boolean): string {
  if (live.isSilent) return 'The watch does not answer.';
  return isWatched ? 'Asking the watch…' : 'This target is not watched now. What was is below.';
}

function whereOf({ target, address }: ApiStatus): HTMLElement {
  const labels = Object.entries(target.labels).map(([name, value]) => `${name}=${value}`);
  const at = address === null || address.address === target.host ? '' : ` (${address.address})`;
  const parts = [`${target.host}${at} port ${target.port}`, target.probe.protocol, ...labels];
  return element('span', {}, parts.join(' · '));
}

function tiles({ window, lastReplyAtMs }: ApiStatus, nowMs: number, isOld: boolean): HTMLElement {
  const { lossRatio, lost, late, sent, p50Ns, p99Ns, lostForward, lostBackward, seconds } = window;
  const parts = [
    `${formatCount(lost)} lost`,
    ...(lostForward + lostBackward > 0
      ? [`${formatCount(lostForward)} there, ${formatCount(lostBackward)} back`]
      : []),
    `${formatCount(late)} late of ${formatCount(sent)}`,
  ];
  const ofLast = `last ${ageText(seconds * 1000)}`;
  return element(
    'dl',
    { class: isOld ? 'tiles old' : 'tiles' },
    tile('Loss', formatRatio(lossRatio), parts.join('; ')),
    tile('Median', formatNs(p50Ns), ofLast),
    tile('p99', formatNs(p99Ns), ofLast),
    tile(
      'Last reply',
      replyText(lastReplyAtMs, nowMs),
      lastReplyAtMs === null ? '' : momentOf(lastReplyAtMs),
    ),
  );
}

function tile(name: string, value: string, beside: string): HTMLElement {
  return element(
    'div',
    { class: 'tile' },
    element('dt', {}, name),
    element('dd', { class: 'value' }, value === '-' ? '–' : value),
    element('dd', { class: 'beside' }, beside),
  );
}
