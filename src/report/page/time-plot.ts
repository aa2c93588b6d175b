// SPDX-License-Identifier: MIT
// Plots over time that share their axis: zooming one zooms all, and the cursor moves in all at once.

import uPlot from 'uplot';
import type { PagePicture } from '../page-picture.ts';
import { timeAxis, valueAxis, type ValueAxis } from '../../browser/axes.ts';
import { element } from '../../browser/dom.ts';
import { clipped, type ColumnBox } from '../../browser/plot-drawing.ts';
import { clockLabels, timeLabel } from '../../browser/scale.ts';

/** What one plot draws. */
export interface Track {
  readonly heightPx: number;
  readonly axis: ValueAxis;
  /** Lowest and highest value shown. */
  readonly range: (picture: PagePicture) => readonly [low: number, high: number];
  readonly hasTimeLabels: boolean;
  /** The text to show instead of an empty plot. */
  readonly empty: (picture: PagePicture) => string | undefined;
  readonly draw: (plot: uPlot, picture: PagePicture) => void;
}

/** Room for the labels of values, the same in all plots, so that their time axes align. */
const AXIS_PX = 76;

/** Room for half a label at the end of the time axis, as wide as `14:03:22.120`. */
const LAST_LABEL_PX = 44;

const SYNC_KEY = 'time';

export function secondsOf(picture: PagePicture): number {
  return (Math.max(1, picture.sent.length) * picture.columnNs) / 1e9;
}

/** The edges of the columns, without values: tracks draw themselves. */
function edgesOf(picture: PagePicture): uPlot.AlignedData {
  const columns = Math.max(1, picture.sent.length);
  const edges = Array.from({ length: columns + 1 }, (_, edge) => (edge * picture.columnNs) / 1e9);
  return [edges, edges.map(() => null)];
}

export class TimePlot {
  readonly node = element('div', { class: 'plot' });
  readonly #empty = element('p', { class: 'note empty' });
  readonly #holder = element('div');
  readonly #track: Track;
  readonly #onDrawn: (plot: uPlot) => void;
  #plot: uPlot | undefined;
  #picture: PagePicture | undefined;
  /** The wall clock time of second 0; NaN if unknown. */
  #startedAtMs = NaN;

  /** @param onDrawn  called after each drawing */
  constructor(track: Track, onDrawn: (plot: uPlot) => void = () => undefined) {
    this.#track = track;
    this.#onDrawn = onDrawn;
    this.node.append(this.#empty, this.#holder);
  }

  get uplot(): uPlot | undefined {
    return this.#plot;
  }

  /** The visible range in seconds. */
  get range(): { readonly min: number; readonly max: number } | undefined {
    const { min, max } = this.#plot?.scales['x'] ?? {};
    return typeof min === 'number' && typeof max === 'number' ? { min, max } : undefined;
  }

  update(picture: PagePicture, startedAtMs: number): void {
    const isAll = this.#isAllShown();
    this.#picture = picture;
    this.#startedAtMs = startedAtMs;
    const why = this.#track.empty(picture);
    this.#empty.textContent = why ?? '';
    this.#empty.hidden = why === undefined;
    this.#holder.hidden = why !== undefined;
    if (why !== undefined) return;
    if (this.#plot === undefined) this.#make();
    else this.#plot.setData(edgesOf(picture), isAll);
    if (!isAll) this.redraw();
  }

  zoom(min: number, max: number): void {
    this.#plot?.setScale('x', { min, max });
  }

  /** Call it after a change of colours or width. */
  redraw(): void {
    const plot = this.#plot;
    if (plot === undefined) return;
    const width = this.#holder.clientWidth;
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: this.#track.heightPx });
    else plot.redraw(false, true);
  }

  #isAllShown(): boolean {
    const range = this.range;
    if (range === undefined || this.#picture === undefined) return true;
    return range.min <= 0 && range.max >= secondsOf(this.#picture);
  }

  #make(): void {
    const { axis, heightPx, hasTimeLabels } = this.#track;
    const picture = this.#picture!;
    const options: uPlot.Options = {
      width: Math.max(200, this.#holder.clientWidth),
      height: heightPx,
      padding: [8, LAST_LABEL_PX, hasTimeLabels ? 0 : 4, 0],
      legend: { show: false },
      cursor: {
        sync: { key: SYNC_KEY },
        drag: { x: true, y: false, setScale: true },
        points: { show: false },
        y: axis === 'duration',
      },
      scales: {
        x: { time: false, range: (_, min, max) => [min, max] },
        y: { range: () => [...this.#track.range(this.#picture ?? picture)] },
      },
      axes: [
        timeAxis(90, hasTimeLabels ? (splits) => this.#timeLabels(splits) : undefined),
        valueAxis(axis, AXIS_PX, () => this.#picture!.allRows.length > 0),
      ],
      series: [{}, { points: { show: false } }],
      hooks: {
        drawClear: [
          (plot) => {
            clipped(plot, () => {
              this.#track.draw(plot, this.#picture!);
            });
            this.#onDrawn(plot);
          },
        ],
      },
    };
    this.#plot = new uPlot(options, edgesOf(picture), this.#holder);
  }

  /** Labels with the time since the start, and below that the wall clock time. */
  #timeLabels(splits: readonly number[]): string[] {
    if (Number.isNaN(this.#startedAtMs)) return splits.map(timeLabel);
    const clock = clockLabels(this.#startedAtMs, splits);
    return splits.map((seconds, at) => `${timeLabel(seconds)}\n${clock[at]!}`);
  }
}

/** Maximum width of a single probe, so that one or two don't become a bar across the whole plot. */
const PROBE_PX = 32;

/** Left edge of a column, and its width without a gap to the next, in canvas pixels. */
export function columnBox(plot: uPlot, picture: PagePicture, column: number): ColumnBox {
  const { columnNs } = picture;
  const left = Math.round(plot.valToPos((column * columnNs) / 1e9, 'x', true));
  const right = Math.round(plot.valToPos(((column + 1) * columnNs) / 1e9, 'x', true));
  const widest = slotsAt(picture, column) > 1 ? Infinity : PROBE_PX * devicePixelRatio;
  return [left, Math.max(1, Math.min(right - left, widest))];
}

/** Probes that a column had room for, sent or not. */
export function slotsAt({ sent, sendFailed, skipped }: PagePicture, column: number): number {
  return sent[column]! + sendFailed[column]! + skipped[column]!;
}

/** The columns that are at least partly in view. */
export function columnsInView(plot: uPlot, { columnNs, sent }: PagePicture): [number, number] {
  const { min, max } = plot.scales['x']!;
  const first = Math.floor(((min ?? 0) * 1e9) / columnNs);
  const last = Math.ceil(((max ?? 0) * 1e9) / columnNs);
  return [Math.max(0, first), Math.min(sent.length, last)];
}
