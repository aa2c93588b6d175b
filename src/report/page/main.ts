// SPDX-License-Identifier: MIT
// The page in the browser: one renderer for embedded data and for live data.

import type { LoadPageData } from '../load-page-data.ts';
import type { PageData } from '../page-data.ts';
import { DistributionPlot } from './distribution-plot.ts';
import { element } from '../../browser/dom.ts';
import { LiveBar } from './live-bar.ts';
import { showLoadPage } from './load/load-page.ts';
import { lossRuns } from './loss-runs.ts';
import { directions, numbers } from './numbers.ts';
import { pictureTable } from './picture-table.ts';
import { provenance } from './provenance.ts';
import { sourcePorts } from './source-ports.ts';
import { summary } from './summary.ts';
import { themeButton } from '../../browser/theme.ts';
import { TimeView } from './time-view.ts';
import '../../browser/base.css';
import './page.css';
import 'uplot/dist/uPlot.min.css';

/** The URL of a live page's data; relative, so that it works behind any prefix. */
const EVENTS = 'events';

class Page {
  readonly live = new LiveBar((data) => {
    this.update(data);
  });
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
      this.live.node,
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
    this.#runs.replaceChildren(lossRuns(data));
    // During a run, sections that were opened stay open.
    const isOpen =
      this.#figures.querySelector('details[open]') ?? this.#ports.querySelector('details[open]');
    if (isOpen === null || this.#state !== data.state) {
      this.#ports.replaceChildren(sourcePorts(data));
      this.#figures.replaceChildren(pictureTable(data));
    }
    this.#rest.replaceChildren(...directions(data), numbers(data), provenance(data));
    this.#state = data.state;
  }
}

function follow(page: Page): void {
  const events = new EventSource(`${EVENTS}${location.search}`);
  events.addEventListener('message', ({ data }: MessageEvent<string>) => {
    const parsed = JSON.parse(data) as PageData;
    page.live.take(parsed);
    if (parsed.state === 'complete') events.close();
  });
}

/** What the page shows depends on what was measured. */
function show(root: HTMLElement, data: PageData | LoadPageData): void {
  if (data.schema === 'echogram.load-page/1') showLoadPage(root, data);
  else new Page(root).update(data);
}

const text = document.querySelector('#data')?.textContent ?? '';
const root = document.querySelector<HTMLElement>('#page')!;
if (text === '') follow(new Page(root));
else show(root, JSON.parse(text) as PageData | LoadPageData);
