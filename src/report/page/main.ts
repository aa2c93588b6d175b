// SPDX-License-Identifier: MIT
// The page in the browser: one renderer for what is in the page itself, and for what comes live.

import type { PageData } from '../page-data.ts';
import * as details from './details.ts';
import { DistributionPlot } from './distribution-plot.ts';
import { element } from './dom.ts';
import { summary } from './summary.ts';
import { themeButton } from './theme.ts';
import { TimeView } from './time-view.ts';
import './page.css';
import 'uplot/dist/uPlot.min.css';

/** Where a live page gets its data from; relative, so that it works behind any prefix. */
const EVENTS = 'events';

class Page {
  readonly #summary = element('div');
  readonly #time = new TimeView();
  readonly #distribution = new DistributionPlot();
  readonly #runs = element('div');
  readonly #ports = element('div');
  readonly #rest = element('div', { class: 'rest' });
  readonly #figures = element('div');
  #state: PageData['state'] | undefined;

  constructor(root: HTMLElement) {
    const redraw = (): void => {
      this.#time.redraw();
      this.#distribution.redraw();
    };
    const brand = element('p', { class: 'brand' }, element('span', {}, 'echogram'));
    root.replaceChildren(
      element('header', {}, brand, themeButton(redraw)),
      this.#summary,
      this.#time.node,
      element('div', { class: 'columns' }, this.#distribution.node, this.#runs),
      this.#ports,
      this.#rest,
      this.#figures,
    );
    new ResizeObserver(redraw).observe(root);
  }

  update(data: PageData): void {
    const { host } = data.measurement.target;
    document.title = `${host}: ${data.verdict.sentences[0] ?? ''}`;
    this.#summary.replaceChildren(summary(data));
    this.#time.update(data);
    this.#distribution.update(data);
    this.#runs.replaceChildren(details.lossRuns(data));
    // While it runs, what is opened stays open.
    const isOpen =
      this.#figures.querySelector('details[open]') ?? this.#ports.querySelector('details[open]');
    if (isOpen === null || this.#state !== data.state) {
      this.#ports.replaceChildren(details.ports(data));
      this.#figures.replaceChildren(details.pictureTable(data));
    }
    this.#rest.replaceChildren(
      ...details.directions(data),
      details.numbers(data),
      details.provenance(data),
    );
    this.#state = data.state;
  }
}

function follow(page: Page): void {
  const events = new EventSource(`${EVENTS}${location.search}`);
  events.addEventListener('message', ({ data }: MessageEvent<string>) => {
    const parsed = JSON.parse(data) as PageData;
    page.update(parsed);
    if (parsed.state === 'complete') events.close();
  });
}

const text = document.querySelector('#data')?.textContent ?? '';
const page = new Page(document.querySelector<HTMLElement>('#page')!);
if (text === '') follow(page);
else page.update(JSON.parse(text) as PageData);
