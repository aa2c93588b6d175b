// SPDX-License-Identifier: MIT
// The plots of a target together: one cursor and one stretch for all, by pointer and keyboard, and the values under the cursor
// in words.

import type uPlot from 'uplot';
import { element } from '../../browser/dom.ts';
import { colour } from '../../browser/theme.ts';
import { countOf, formatCount, formatNs } from '../../quantities.ts';
import { EVENT_MEANING, type WatchEvent } from '../../watch/watch-event.ts';
import { KINDS, kindWords, totalsOf, type Kind, type Picture } from './picture.ts';
import { StretchPlot, type Track } from './stretch-plot.ts';
import { ECHOGRAM, LINES, MISSED, PERCENTILES } from './stretch-tracks.ts';
import type { Stretch } from './stretch.ts';
import { ageText, momentOf } from './times.ts';

const KEYS =
  'Keys: ← → move the cursor, with Shift ten columns; + − zoom; A D move what is shown; Escape zooms out; 0 shows the latest. Drag over a plot to zoom in, double-click to zoom out.';

export interface StretchHandlers {
  /** Another stretch is asked for. */
  readonly onShow: (fromMs: number, toMs: number) => void;
  readonly onZoomOut: () => void;
  readonly onReset: () => void;
}

interface Shown {
  readonly stretch: Stretch;
  readonly picture: Picture;
  readonly events: readonly WatchEvent[];
  readonly timeoutMs: number | undefined;
}

export class StretchPlots {
  readonly node: HTMLElement;
  readonly #handlers: StretchHandlers;
  readonly #plots: readonly StretchPlot[];
  readonly #slider: HTMLElement;
  readonly #readout = element('p', { class: 'readout' });
  readonly #legend = element('ul', { class: 'legend' });
  #shown: Shown | undefined;
  #column = -1;
  /** The moment of the cursor: in another stretch it has another column. */
  #cursorMs = NaN;

  constructor(handlers: StretchHandlers) {
    this.#handlers = handlers;
    const made: StretchPlot[] = [];
    const plot = (title: string, note: string, track: Track): HTMLElement => {
      const plot = new StretchPlot(track, {
        onZoom: handlers.onShow,
        onZoomOut: handlers.onZoomOut,
        onDrawn: (drawn) => {
          this.#drawMarks(drawn, track === ECHOGRAM);
        },
      });
      made.push(plot);
      const heading = element('h3', {}, title, ' ', element('small', {}, note));
      return element('div', { class: 'track' }, heading, plot.node);
    };
    const lines = LINES.map(({ words }) => words).join(', ');
    this.#slider = element(
      'div',
      {
        class: 'tracks',
        tabindex: 0,
        role: 'slider',
        'aria-orientation': 'horizontal',
        'aria-label': 'Time',
        'aria-describedby': 'keys',
        'aria-valuemin': 0,
        'aria-valuemax': 0,
        'aria-valuenow': 0,
      },
      plot(
        'Round-trip times',
        'stronger the more replies; coloured where some are missing',
        ECHOGRAM,
      ),
      plot('Missing', 'share of the probes that were due, by cause', MISSED),
      plot('Percentiles', `${lines}: solid, dashed and dotted`, PERCENTILES),
    );
    this.#plots = made;
    const keys = element('p', { class: 'note keys', id: 'keys' }, KEYS);
    this.node = element('div', {}, this.#legend, this.#readout, this.#slider, keys);
    this.#listen();
  }

  close(): void {
    for (const plot of this.#plots) plot.close();
  }

  update(shown: Shown): void {
    this.#shown = shown;
    const { stretch, picture, timeoutMs } = shown;
    for (const plot of this.#plots) plot.update(picture, stretch.fromMs, stretch.toMs);
    const last = Math.max(0, picture.columns.length - 1);
    this.#slider.setAttribute('aria-valuemax', String(last));
    this.#column = this.#columnAt(this.#cursorMs);
    this.#legend.replaceChildren(...legendOf(picture, timeoutMs));
    this.#tell();
  }

  redraw(): void {
    for (const plot of this.#plots) plot.redraw();
  }

  /** Puts the cursor on the column of a moment. */
  moveToMoment(ms: number): void {
    this.#moveTo(this.#columnAt(ms));
  }

  #listen(): void {
    this.#slider.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.#press(event)) return;
      event.preventDefault();
    });
    this.#slider.addEventListener('pointermove', (event) => {
      const plot = this.#plots[0]!.uplot;
      if (plot === undefined) return;
      const left = event.clientX - plot.over.getBoundingClientRect().left;
      this.#cursorMs = plot.posToVal(left, 'x') * 1000;
      this.#column = this.#columnAt(this.#cursorMs);
      this.#tell();
    });
  }

  /** True for a key that means something here. */
  #press({ key, shiftKey }: KeyboardEvent): boolean {
    const step = shiftKey ? 10 : 1;
    switch (key) {
      case 'ArrowLeft':
      case 'ArrowRight':
        this.#moveTo(this.#column + (key === 'ArrowLeft' ? -step : step));
        return true;
      case 'Home':
        this.#moveTo(0);
        return true;
      case 'End':
        this.#moveTo(Infinity);
        return true;
      case '+':
      case '=':
        this.#zoom(1 / 2);
        return true;
      case '-':
        this.#zoom(2);
        return true;
      case 'a':
      case 'd':
        this.#pan(key === 'a' ? -0.25 : 0.25);
        return true;
      case 'Escape':
        this.#handlers.onZoomOut();
        return true;
      case '0':
        this.#handlers.onReset();
        return true;
      default:
        return false;
    }
  }

  #moveTo(column: number): void {
    const columns = this.#shown?.picture.columns ?? [];
    this.#column = Math.max(0, Math.min(columns.length - 1, column));
    this.#tell();
    const plot = this.#plots[0]!.uplot;
    const at = columns[this.#column];
    if (plot === undefined || at === undefined) return;
    const middle = at.startMs + this.#shown!.picture.widthMs / 2;
    this.#cursorMs = middle;
    plot.setCursor({ left: plot.valToPos(middle / 1000, 'x'), top: plot.over.clientHeight / 2 });
  }

  /** Around the cursor. */
  #zoom(factor: number): void {
    if (this.#shown === undefined) return;
    const { stretch, picture } = this.#shown;
    const { fromMs, toMs } = stretch;
    const middle = picture.columns[this.#column]?.startMs ?? (fromMs + toMs) / 2;
    const half = ((toMs - fromMs) * factor) / 2;
    this.#handlers.onShow(middle - half, middle + half);
  }

  #pan(share: number): void {
    if (this.#shown === undefined) return;
    const { fromMs, toMs } = this.#shown.stretch;
    const step = (toMs - fromMs) * share;
    this.#handlers.onShow(fromMs + step, toMs + step);
  }

  /** The last that began before. */
  #columnAt(ms: number): number {
    const columns = this.#shown?.picture.columns ?? [];
    return columns.findLastIndex(({ startMs }) => startMs <= ms);
  }

  #tell(): void {
    if (this.#shown === undefined) return;
    const text = readoutOf(this.#shown, this.#column);
    this.#readout.textContent = text;
    this.#slider.setAttribute('aria-valuenow', String(Math.max(0, this.#column)));
    this.#slider.setAttribute('aria-valuetext', text);
  }

  /** A line at each event, and where the address points; above the echogram with a sign. */
  #drawMarks(plot: uPlot, hasSigns: boolean): void {
    if (this.#shown === undefined) return;
    const { events, stretch } = this.#shown;
    for (const { atMs } of events) drawMark(plot, atMs, colour('muted'), hasSigns);
    if (stretch.atMs !== undefined) drawMark(plot, stretch.atMs, colour('text'), false);
  }
}

function drawMark(plot: uPlot, ms: number, stroke: string, hasSign: boolean): void {
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(ms / 1000, 'x', true));
  const px = devicePixelRatio;
  ctx.fillStyle = stroke;
  ctx.fillRect(x, bbox.top, px, bbox.height);
  if (!hasSign) return;
  ctx.beginPath();
  ctx.moveTo(x - 5 * px, bbox.top);
  ctx.lineTo(x + 6 * px, bbox.top);
  ctx.lineTo(x + px / 2, bbox.top + 9 * px);
  ctx.fill();
}

function readoutOf({ picture, events, timeoutMs }: Shown, at: number): string {
  const column = picture.columns[at];
  if (column === undefined) return overall(picture);
  const { startMs, sent, received, missed, p50Ns, p90Ns, p99Ns, hostDropped } = column;
  const endMs = startMs + picture.widthMs;
  const inIt = events.filter(({ atMs }) => atMs >= startMs && atMs < endMs);
  return [
    `${momentOf(startMs)}, ${ageText(picture.widthMs)}`,
    `${formatCount(sent)} sent, ${formatCount(received)} received`,
    ...KINDS.filter((kind) => missed[kind] > 0).map(
      (kind) => `${formatCount(missed[kind])} ${kindWords(kind, timeoutMs)}`,
    ),
    ...(p50Ns === null
      ? []
      : [`median ${formatNs(p50Ns)}, p90 ${formatNs(p90Ns)}, p99 ${formatNs(p99Ns)}`]),
    ...(hostDropped > 0 ? [`this host dropped ${countOf(hostDropped, 'datagram')}`] : []),
    ...inIt.map(({ kind }) => EVENT_MEANING[kind]),
  ].join(' · ');
}

function overall({ columns }: Picture): string {
  const sum = (of: 'sent' | 'received'): string =>
    formatCount(columns.reduce((total, column) => total + column[of], 0));
  if (columns.length === 0) return 'Nothing is remembered of this stretch.';
  return `In all ${sum('sent')} sent, ${sum('received')} received in time. Point at a column, or move to it with the arrow keys, for its numbers.`;
}

/** Only what there is, and how often. */
function legendOf(picture: Picture, timeoutMs: number | undefined): HTMLElement[] {
  const totals = totalsOf(picture);
  const entry = (kind: Kind): HTMLElement =>
    element(
      'li',
      {},
      element('span', { class: `swatch cause-${kind}` }),
      element('b', {}, formatCount(totals[kind])),
      ` ${kindWords(kind, timeoutMs)}`,
    );
  return KINDS.filter((kind) => totals[kind] > 0).map(entry);
}
