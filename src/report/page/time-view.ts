// SPDX-License-Identifier: MIT
// The plots over time together: one cursor and one zoom for all, by pointer, wheel and keyboard.

import type { PageData } from '../page-data.ts';
import type uPlot from 'uplot';
import { formatCount, formatNs, formatRatio } from '../../quantities.ts';
import { element, section } from '../../browser/dom.ts';
import { columnText, wholeText } from './column-text.ts';
import { legendItems } from './legend.ts';
import { secondsOf, TimePlot, type Track } from './time-plot.ts';
import { densityScale, ECHOGRAM, LOSSES, PERCENTILES, SCHEDULE } from './tracks.ts';

const KEYS =
  'Keys: ← → move the cursor, with Shift ten columns; + − zoom; A D move what is shown; 0 shows all. Drag or wheel to zoom, double-click to show all.';

const WHEEL_ZOOM = 1.25;

export class TimeView {
  readonly node: HTMLElement;
  readonly #plots: readonly TimePlot[];
  readonly #readout = element('p', { class: 'readout' });
  readonly #slider: HTMLElement;
  readonly #legend = element('ul', { class: 'legend' });
  readonly #density = element('p', { class: 'density' });
  readonly #loopDelay = element('p', { class: 'note' });
  #data: PageData | undefined;
  #column = -1;

  constructor() {
    const made: TimePlot[] = [];
    const plot = (title: string, note: string, track: Track): HTMLElement => {
      const onDrawn = track === ECHOGRAM ? this.#tellDensity : undefined;
      const plot = new TimePlot(track, onDrawn);
      made.push(plot);
      const heading = element('h3', {}, title, ' ', element('small', {}, note));
      return element('div', { class: 'track' }, ...(title === '' ? [] : [heading]), plot.node);
    };
    this.#slider = element(
      'div',
      {
        class: 'tracks',
        tabindex: 0,
        role: 'slider',
        'aria-orientation': 'horizontal',
        'aria-label': 'Time within the measurement',
        'aria-describedby': 'keys',
        'aria-valuemin': 0,
        'aria-valuemax': 0,
        'aria-valuenow': 0,
      },
      plot('', '', ECHOGRAM),
      plot('Losses', 'share of the probes that were due, by cause', LOSSES),
      plot('Percentiles', 'line: median; bands: fastest to 90 %, and to 99 %', PERCENTILES),
      plot(
        'This host',
        'how late probes were sent, at worst; pale: how long this program stalled; marks at the top: probes not sent, or skipped',
        SCHEDULE,
      ),
    );
    this.#plots = made;
    this.node = section(
      'echogram',
      'Echogram',
      element(
        'div',
        { class: 'bar' },
        element(
          'p',
          { class: 'note' },
          'Time across (since the start, and below it the time of day in UTC), round-trip time up.',
        ),
        this.#density,
      ),
      this.#legend,
      this.#readout,
      this.#slider,
      this.#loopDelay,
      element('p', { class: 'note keys', id: 'keys' }, KEYS),
    );
    this.#listen();
  }

  update(data: PageData): void {
    this.#data = data;
    const startedAtMs = Date.parse(data.measurement.startedAt);
    for (const plot of this.#plots) plot.update(data.picture, startedAtMs);
    this.#density.hidden = data.picture.allRows.length === 0;
    // If nothing was sent, one line says so.
    this.node.classList.toggle('bare', data.picture.sent.length === 0);
    this.#slider.setAttribute('aria-valuemax', String(Math.max(0, this.#columns - 1)));
    this.#loopDelay.textContent = loopDelayText(data);
    this.#legend.replaceChildren(...legendItems(data));
    this.#tell();
  }

  redraw(): void {
    for (const plot of this.#plots) plot.redraw();
  }

  /** Updates what brightness means, which changes with the visible range. */
  readonly #tellDensity = (plot: uPlot): void => {
    const scale = this.#data === undefined ? undefined : densityScale(plot, this.#data.picture);
    if (scale === undefined) return;
    const { most, colours, heightRatio } = scale;
    const ramp = element('span', { class: 'ramp', 'aria-hidden': 'true' });
    ramp.style.background = `linear-gradient(to right, ${colours.join(', ')})`;
    const place = `in ${formatNs(this.#data!.picture.columnNs)} × ${formatRatio(heightRatio)} of the round-trip time`;
    const [from, to] = most === 1 ? ['', '1 reply'] : ['1 ', `${formatCount(most)} replies`];
    this.#density.replaceChildren(from, ramp, ` ${to} ${place}`);
  };

  get #columns(): number {
    return this.#data?.picture.sent.length ?? 0;
  }

  #listen(): void {
    this.#slider.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.#press(event)) return;
      event.preventDefault();
    });
    this.#slider.addEventListener('pointermove', (event) => {
      const plot = this.#plots[0]!.uplot;
      if (plot === undefined || this.#data === undefined) return;
      const seconds = plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, 'x');
      this.#column = this.#columnAt(seconds);
      this.#tell();
    });
    this.#slider.addEventListener(
      'wheel',
      (event) => {
        const plot = this.#plots[0]!.uplot;
        // The page must still scroll: the wheel zooms only over the plots, and not sideways.
        if (plot === undefined || event.deltaY === 0 || event.ctrlKey) return;
        event.preventDefault();
        const left = event.clientX - plot.over.getBoundingClientRect().left;
        const factor = event.deltaY > 0 ? WHEEL_ZOOM : 1 / WHEEL_ZOOM;
        this.#zoomAround(plot.posToVal(left, 'x'), factor);
      },
      { passive: false },
    );
  }

  /** True for a key that has a function here. */
  #press({ key, shiftKey }: KeyboardEvent): boolean {
    const step = shiftKey ? 10 : 1;
    switch (key) {
      case 'ArrowLeft':
        this.#moveTo(this.#column - step);
        return true;
      case 'ArrowRight':
        this.#moveTo(this.#column + step);
        return true;
      case 'Home':
        this.#moveTo(0);
        return true;
      case 'End':
        this.#moveTo(this.#columns - 1);
        return true;
      case '+':
      case '=':
        this.#zoomAround(this.#cursorSeconds(), 1 / 2);
        return true;
      case '-':
        this.#zoomAround(this.#cursorSeconds(), 2);
        return true;
      case 'a':
      case 'd':
        this.#pan(key === 'a' ? -0.25 : 0.25);
        return true;
      case '0':
      case 'Escape':
        this.#show(0, Infinity);
        return true;
      default:
        return false;
    }
  }

  #moveTo(column: number): void {
    this.#column = Math.min(this.#columns - 1, Math.max(0, column));
    this.#tell();
    const plot = this.#plots[0]!.uplot;
    if (plot === undefined) return;
    const seconds = this.#cursorSeconds();
    const { min, max } = plot.scales['x']!;
    if (seconds < min! || seconds > max!) this.#pan((seconds - (min! + max!) / 2) / (max! - min!));
    plot.setCursor({ left: plot.valToPos(seconds, 'x'), top: 1 });
  }

  #cursorSeconds(): number {
    const columnSeconds = (this.#data?.picture.columnNs ?? 0) / 1e9;
    return (Math.max(0, this.#column) + 0.5) * columnSeconds;
  }

  #columnAt(seconds: number): number {
    const column = Math.floor((seconds * 1e9) / this.#data!.picture.columnNs);
    return Math.min(this.#columns - 1, Math.max(0, column));
  }

  #zoomAround(seconds: number, factor: number): void {
    const range = this.#plots[0]!.range;
    if (range === undefined) return;
    const { min, max } = range;
    this.#show(seconds - (seconds - min) * factor, seconds + (max - seconds) * factor);
  }

  #pan(share: number): void {
    const range = this.#plots[0]!.range;
    if (range === undefined || this.#data === undefined) return;
    const { min, max } = range;
    const whole = secondsOf(this.#data.picture);
    const moved = Math.max(-min, Math.min(whole - max, share * (max - min)));
    this.#show(min + moved, max + moved);
  }

  /** Shows at least four columns, at most all. */
  #show(from: number, to: number): void {
    const { picture } = this.#data ?? {};
    if (picture === undefined) return;
    const whole = secondsOf(picture);
    const least = Math.min(whole, (4 * picture.columnNs) / 1e9);
    const min = Math.max(0, Math.min(from, whole - least));
    const max = Math.min(whole, Math.max(to, min + least));
    for (const plot of this.#plots) plot.zoom(min, max);
  }

  #tell(): void {
    if (this.#data === undefined) return;
    const text = this.#column < 0 ? wholeText(this.#data) : columnText(this.#data, this.#column);
    this.#readout.textContent = text;
    this.#slider.setAttribute('aria-valuenow', String(Math.max(0, this.#column)));
    this.#slider.setAttribute('aria-valuetext', text);
  }
}

function loopDelayText({ measurement: { runtime } }: PageData): string {
  if (runtime === null) {
    return 'How late this program ran over the whole run is shown at the end.';
  }
  const { p99, max } = runtime.loopDelayNs;
  const gc =
    runtime.gcMaxNs === null ? '' : `, garbage collection ${formatNs(runtime.gcMaxNs)} at most`;
  return `Over the whole run this process's event loop was late by ${formatNs(p99)} at p99 and ${formatNs(max)} at most${gc}.`;
}
