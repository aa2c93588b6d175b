// SPDX-License-Identifier: MIT
// Which stretch of time is shown, and how to show another.

import { element } from '../../browser/dom.ts';
import { STRETCHES, type Stretch, type StretchName } from './stretch.ts';
import { ageText, momentOf } from './times.ts';

const WORDS: Readonly<Record<StretchName, string>> = {
  '1h': '1 hour',
  '6h': '6 hours',
  '24h': '24 hours',
  '7d': '7 days',
  '30d': '30 days',
  '1y': '1 year',
};

export interface StretchBarHandlers {
  readonly onName: (name: StretchName) => void;
  readonly onShow: (fromMs: number, toMs: number) => void;
}

export class StretchBar {
  readonly node: HTMLElement;
  readonly #text = element('p', { class: 'stretch' });
  readonly #buttons = new Map<StretchName, HTMLButtonElement>();
  readonly #from = element('input', { type: 'datetime-local', 'aria-label': 'From', step: 1 });
  readonly #to = element('input', { type: 'datetime-local', 'aria-label': 'To', step: 1 });

  constructor({ onName, onShow }: StretchBarHandlers) {
    for (const name of Object.keys(STRETCHES) as StretchName[]) {
      const button = element('button', { type: 'button' }, WORDS[name]);
      button.addEventListener('click', () => {
        onName(name);
      });
      this.#buttons.set(name, button);
    }
    const names = { class: 'stretches', role: 'group', 'aria-label': 'Up to now' };
    const show = element('button', { type: 'button' }, 'Show');
    show.addEventListener('click', () => {
      const [fromMs, toMs] = [this.#from, this.#to].map(({ value }) => new Date(value).getTime());
      if (fromMs! < toMs!) onShow(fromMs!, toMs!);
    });
    const own = element('div', { class: 'own' }, this.#from, 'to', this.#to, show);
    this.node = element(
      'div',
      { class: 'stretchbar' },
      element('div', names, ...this.#buttons.values()),
      element('details', {}, element('summary', {}, 'From … to …'), own),
      this.#text,
    );
  }

  update({ fromMs, toMs, name }: Stretch, widthMs: number): void {
    for (const [of, button] of this.#buttons)
      button.setAttribute('aria-pressed', String(of === name));
    const columns = widthMs > 1 ? `, columns of ${ageText(widthMs)}` : '';
    this.#text.textContent = `${momentOf(fromMs)} to ${momentOf(toMs)}${columns}`;
    // Not while somebody writes there.
    if (this.node.contains(document.activeElement) && document.activeElement?.matches('input'))
      return;
    this.#from.value = localText(fromMs);
    this.#to.value = localText(toMs);
  }
}

/** As the input takes it: `2026-11-27T14:03:22`, in the reader's time zone. */
function localText(ms: number): string {
  const offsetMs = new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - offsetMs).toISOString().slice(0, 19);
}
