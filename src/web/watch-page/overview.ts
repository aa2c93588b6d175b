// SPDX-License-Identifier: MIT
// All targets, worst first, and in one line how they do together.

import type { Outcome } from '../../report/outcome.ts';
import { element, section } from '../../browser/dom.ts';
import { countOf } from '../../quantities.ts';
import { searchOf } from './ask.ts';
import { knownSinceMs, Live } from './live.ts';
import { filterListed, ORDERS, sortListed, type Listed, type Order } from './order.ts';
import { OverviewRow } from './overview-row.ts';
import { OverviewSummary } from './overview-summary.ts';
import { Pictures, spanFor } from './pictures.ts';
import { RowList } from './row-list.ts';
import { shownOf, TONES } from './state.ts';
import { ageText, zoneName } from './times.ts';
import type { View } from './view.ts';

const HEADS = ['State', 'Target', 'Loss', 'Median', 'p99', 'Last reply'];

export class Overview implements View {
  readonly node: HTMLElement;
  readonly #live: Live;
  readonly #pictures: Pictures;
  readonly #list: RowList<Listed, OverviewRow>;
  readonly #summary: OverviewSummary;
  readonly #filter = element('input', {
    type: 'search',
    placeholder: 'name, address, label=value',
    'aria-label': 'Filter targets',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  readonly #order = element('select', { 'aria-label': 'Order' });
  readonly #none = element('p', { class: 'note none', role: 'status' });
  readonly #span = element('div', { role: 'columnheader' });
  readonly #table: HTMLElement;
  #tone: Outcome | undefined;
  #inView: readonly string[] = [];

  constructor() {
    this.#live = new Live(undefined, () => {
      this.#tell();
    });
    this.#pictures = new Pictures(() => {
      for (const row of this.#list.rows.values()) row.draw();
      this.#wantPictures();
    });
    this.#list = new RowList<Listed, OverviewRow>({
      keyOf: ({ status }) => status.target.key,
      make: (listed) => new OverviewRow(listed, this.#live, this.#pictures),
      onView: (keys) => {
        this.#inView = keys;
        this.#wantPictures();
      },
    });
    this.#summary = new OverviewSummary(this.#live, (tone) => {
      this.#tone = this.#tone === tone ? undefined : tone;
      this.#changed();
    });
    this.#table = this.#makeTable();
    this.#makeControls();
    const controls = element('div', { class: 'controls' }, this.#filter, this.#order);
    this.node = element(
      'div',
      { class: 'view' },
      this.#summary.node,
      section('targets', 'Targets', controls, this.#none, this.#table, legend()),
    );
    this.#readLocation();
    this.#tell();
  }

  redraw(): void {
    this.#list.place();
    for (const row of this.#list.rows.values()) row.draw(true);
  }

  close(): void {
    this.#live.close();
    this.#list.close();
  }

  #makeTable(): HTMLElement {
    const heads = HEADS.map((text) => element('div', { role: 'columnheader' }, text));
    return element(
      'div',
      {
        role: 'table',
        class: 'targets',
        'aria-label': 'Targets',
        'aria-colcount': HEADS.length + 1,
      },
      element(
        'div',
        { role: 'rowgroup' },
        element('div', { role: 'row', class: 'heads' }, ...heads, this.#span),
      ),
      this.#list.node,
    );
  }

  #makeControls(): void {
    for (const [order, words] of Object.entries(ORDERS))
      this.#order.append(element('option', { value: order }, words));
    this.#filter.addEventListener('input', () => {
      this.#changed();
    });
    this.#order.addEventListener('change', () => {
      this.#changed();
    });
  }

  #readLocation(): void {
    const query = new URLSearchParams(location.search);
    this.#filter.value = query.get('q') ?? '';
    const order = query.get('order') ?? '';
    this.#order.value = order in ORDERS ? order : 'worst';
    this.#tone = TONES.find((tone) => tone === query.get('state'));
  }

  /** What is listed is part of the address, so that it can be sent to somebody. */
  #changed(): void {
    const query = {
      ...(this.#filter.value === '' ? {} : { q: this.#filter.value }),
      ...(this.#tone === undefined ? {} : { state: this.#tone }),
      ...(this.#order.value === 'worst' ? {} : { order: this.#order.value }),
    };
    history.replaceState(null, '', `${location.pathname}${searchOf(query)}`);
    this.#tell();
  }

  /** For as long as something is known. */
  #wantPictures(): void {
    const { watch, nowMs } = this.#live;
    if (watch === undefined) return;
    const spanMs = spanFor(knownSinceMs(watch), nowMs);
    const text = `Last ${ageText(spanMs)}`;
    if (this.#span.textContent !== text) this.#span.textContent = text;
    this.#pictures.want(this.#inView, nowMs, spanMs);
  }

  #tell(): void {
    const live = this.#live;
    const all = [...live.statuses.values()].map((status) => ({
      status,
      shown: shownOf(status, live),
    }));
    this.#summary.update(all, this.#tone);
    const chosen = filterListed(all, this.#filter.value, this.#tone);
    const listed = sortListed(chosen, this.#order.value as Order);
    const why = emptyText(live, all.length, listed.length);
    if (this.#none.textContent !== why) this.#none.textContent = why;
    this.#table.hidden = listed.length === 0;
    this.#table.setAttribute('aria-rowcount', String(listed.length + 1));
    this.#list.update(listed);
  }
}

function emptyText(live: Live, all: number, listed: number): string {
  if (listed > 0 || !live.isKnown) return '';
  if (all > 0) return `None of ${countOf(all, 'target')} is like that.`;
  return 'Name targets on the command line, or in the file of --config.';
}

function legend(): HTMLElement {
  const item = (kind: string, text: string): HTMLElement =>
    element('li', {}, element('span', { class: `swatch ${kind}` }), text);
  return element(
    'ul',
    { class: 'legend' },
    element(
      'li',
      {},
      'Pictures: time across, round-trip time up, stronger the more replies. Strips beneath, from above:',
    ),
    item('cause-path', 'lost'),
    item('cause-late', 'late'),
    item('cause-thisHost', 'dropped by this host'),
    item('hatched', 'not watched'),
    element(
      'li',
      { class: 'note' },
      `Loss, median and p99 are of the last minute. Times are in ${zoneName()}.`,
    ),
  );
}
