// SPDX-License-Identifier: MIT
// One plot over a stretch of time. All plots of a page share their time axis and their cursor; a selection in one zooms in.

import uPlot from 'uplot';
import { timeAxis, valueAxis, type ValueAxis } from '../../browser/axes.ts';
import { element } from '../../browser/dom.ts';
import { clipped } from '../../browser/plot-drawing.ts';
import type { Picture } from './picture.ts';
import { clockOf, dayOf, minuteOf } from './times.ts';

/** What one plot draws. */
export interface Track {
  readonly heightPx: number;
  readonly axis: ValueAxis;
  /** Lowest and highest value shown. */
  readonly range: (picture: Picture) => readonly [low: number, high: number];
  readonly hasTimeLabels: boolean;
  readonly draw: (plot: uPlot, picture: Picture) => void;
}

export interface PlotHandlers {
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onZoomOut: () => void;
  /** After each drawing of the track, in its clip. */
  readonly onDrawn: (plot: uPlot) => void;
}

/** Room for the labels of values, the same in all plots, so that their time axes align. */
const AXIS_PX = 76;

/** On a phone. */
const NARROW_AXIS_PX = 52;

/** A narrower selection is a click. */
const LEAST_SELECTION_PX = 5;

export class StretchPlot {
  readonly node = element('div', { class: 'plot' });
  readonly #track: Track;
  readonly #handlers: PlotHandlers;
  #plot: uPlot | undefined;
  #picture: Picture = { widthMs: 1, columns: [], rttRows: [] };

  constructor(track: Track, handlers: PlotHandlers) {
    this.#track = track;
    this.#handlers = handlers;
  }

  get uplot(): uPlot | undefined {
    return this.#plot;
  }

  close(): void {
    this.#plot?.destroy();
  }

  update(picture: Picture, fromMs: number, toMs: number): void {
    this.#picture = picture;
    const edges: uPlot.AlignedData = [
      [fromMs / 1000, toMs / 1000],
      [null, null],
    ];
    if (this.#plot === undefined) this.#plot = new uPlot(this.#options(), edges, this.node);
    else this.#plot.setData(edges);
  }

  /** After a change of colours or of width. */
  redraw(): void {
    const plot = this.#plot;
    const width = this.node.clientWidth;
    if (plot === undefined || width === 0) return;
    if (width !== plot.width) plot.setSize({ width, height: this.#track.heightPx });
    else plot.redraw(false, true);
  }

  #options(): uPlot.Options {
    const { heightPx, hasTimeLabels, range, axis } = this.#track;
    const { onZoomOut } = this.#handlers;
    return {
      width: Math.max(200, this.node.clientWidth),
      height: heightPx,
      padding: [8, 24, hasTimeLabels ? 0 : 4, 0],
      legend: { show: false },
      cursor: {
        // The pointer is shown in all plots, the selection only in its own.
        sync: {
          key: 'stretch',
          filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' },
        },
        drag: { x: true, y: false, setScale: false },
        points: { show: false },
        y: axis === 'duration',
        bind: {
          dblclick: () => () => {
            onZoomOut();
            return null;
          },
        },
      },
      scales: {
        x: { time: true, range: (_, min, max) => [min, max] },
        y: { range: () => [...range(this.#picture)] },
      },
      axes: [
        timeAxis(76, hasTimeLabels ? timeLabels : undefined),
        valueAxis(axis, () => (window.innerWidth < 620 ? NARROW_AXIS_PX : AXIS_PX)),
      ],
      series: [{}, { points: { show: false } }],
      hooks: {
        drawClear: [
          (plot) => {
            this.#draw(plot);
          },
        ],
        setSelect: [
          (plot) => {
            this.#zoom(plot);
          },
        ],
      },
    };
  }

  #draw(plot: uPlot): void {
    clipped(plot, () => {
      this.#track.draw(plot, this.#picture);
      this.#handlers.onDrawn(plot);
    });
  }

  #zoom(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width === 0) return;
    const [fromMs, toMs] = [left, left + width].map((px) => plot.posToVal(px, 'x') * 1000);
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (width >= LEAST_SELECTION_PX) this.#handlers.onZoom(fromMs!, toMs!);
  }
}

const DAY_SECONDS = 86_400;

/** The time of day, and below it the day where one begins; for long stretches only the day. */
function timeLabels(splits: readonly number[], stepSeconds: number): string[] {
  let day = '';
  return splits.map((seconds) => {
    const ms = seconds * 1000;
    const of = dayOf(ms);
    if (stepSeconds >= DAY_SECONDS) return of;
    const time = stepSeconds < 60 ? clockOf(ms) : minuteOf(ms);
    if (of === day) return time;
    day = of;
    return `${time}\n${of}`;
  });
}
