// SPDX-License-Identifier: MIT
// One target in the overview: how it does in words and numbers, and its last hours as a picture.

import { element } from '../../browser/dom.ts';
import { formatCount, formatNs, formatRatio } from '../../quantities.ts';
import type { ApiStatus } from '../watch-api.ts';
import { searchOf } from './ask.ts';
import { drawSmall, pictureWords } from './small-echogram.ts';
import type { Pictures } from './pictures.ts';
import type { Listed } from './order.ts';
import type { Live } from './live.ts';
import type { Row } from './row-list.ts';
import { sign } from './state.ts';
import { replyText, sinceText } from './times.ts';

export class OverviewRow implements Row<Listed> {
  readonly node: HTMLElement;
  readonly #live: Live;
  readonly #pictures: Pictures;
  readonly #key: string;
  readonly #state = element('div', { role: 'cell', class: 'state' });
  readonly #name = element('div', { role: 'cell', class: 'name' });
  readonly #loss = element('div', { role: 'cell', class: 'figure', 'data-label': 'Loss' });
  readonly #median = element('div', { role: 'cell', class: 'figure', 'data-label': 'Median' });
  readonly #p99 = element('div', { role: 'cell', class: 'figure', 'data-label': 'p99' });
  readonly #reply = element('div', { role: 'cell', class: 'figure', 'data-label': 'Last reply' });
  readonly #canvas = element('canvas', { role: 'img', class: 'small' });
  #drawn: unknown;

  constructor({ status: { target } }: Listed, live: Live, pictures: Pictures) {
    this.#live = live;
    this.#pictures = pictures;
    this.#key = target.key;
    this.#name.append(...nameOf(target));
    this.node = element(
      'div',
      { role: 'row', class: 'row' },
      this.#state,
      this.#name,
      this.#loss,
      this.#median,
      this.#p99,
      this.#reply,
      element('div', { role: 'cell', class: 'picture' }, this.#canvas),
    );
  }

  update({ status, shown }: Listed): void {
    this.node.dataset['tone'] = shown.tone;
    this.node.classList.toggle('old', shown.isStale);
    const words = element('span', { class: 'words', title: shown.words }, shown.words);
    const label = element('b', {}, shown.label);
    const since = element(
      'small',
      { title: sinceText(status.state.sinceMs, this.#live.nowMs) },
      shown.since,
    );
    const head = element('span', { class: 'label' }, label, since);
    this.#state.replaceChildren(sign(shown.tone), element('span', {}, head, words));
    this.#loss.replaceChildren(...lossOf(status));
    this.#median.textContent = dashed(formatNs(status.window.p50Ns));
    this.#p99.textContent = dashed(formatNs(status.window.p99Ns));
    this.#reply.textContent = replyText(status.lastReplyAtMs, this.#live.nowMs);
    this.draw();
  }

  /** @param isAnew  also if it is the same picture: colours or sizes have changed */
  draw(isAnew = false): void {
    const picture = this.#pictures.get(this.#key);
    const { range } = this.#pictures;
    const what = `${picture?.askedAt ?? 0} ${range.join(' ')} ${this.#canvas.clientWidth}`;
    if (picture === undefined || (what === this.#drawn && !isAnew)) return;
    this.#drawn = what;
    drawSmall(this.#canvas, picture.columns, picture.stretch, range);
    this.#canvas.setAttribute('aria-label', pictureWords(picture.columns, picture.stretch));
    this.#canvas.title = pictureWords(picture.columns, picture.stretch);
  }
}

function nameOf({ key, name, host, port, probe, labels }: ApiStatus['target']): Node[] {
  const link = element('a', { href: `target${searchOf({ key })}` }, name);
  const details = [
    host === name ? `port ${port}` : `${host} port ${port}`,
    probe.name === 'default' ? probe.protocol : `${probe.name} (${probe.protocol})`,
  ].join(' · ');
  const marks = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return [
    link,
    element('small', { title: details }, details),
    element('small', { class: 'labels', title: marks.join(' ') }, marks.join(' ')),
  ];
}

/** In percent, and beneath where probes were lost, as far as that is known. */
function lossOf({ window }: ApiStatus): Node[] {
  const { lossRatio, lost, late, lostForward, lostBackward } = window;
  const parts = [
    ...(lostForward > 0 ? [`${formatCount(lostForward)} there`] : []),
    ...(lostBackward > 0 ? [`${formatCount(lostBackward)} back`] : []),
    ...(late > 0 ? [`${formatCount(late)} late`] : []),
  ];
  const beside = parts.length === 0 && lost > 0 ? [`${formatCount(lost)} lost`] : parts;
  return [
    element('b', {}, dashed(formatRatio(lossRatio))),
    element('small', {}, beside.join(', ')),
  ];
}

function dashed(text: string): string {
  return text === '-' ? '–' : text;
}
