// SPDX-License-Identifier: MIT
// Plots over time that share their axis: zooming one zooms all, and the cursor stands in all at once.

import uPlot from 'uplot';
import type { PagePicture } from '../page-picture.ts';
import { durationLabels, durationSplits, timeLabel } from './scale.ts';
import { colour } from './theme.ts';

/** What one plot draws. */
export interface Track {
  readonly heightPx: number;
  /** `duration`: log2 of nanoseconds; else the labels of the values. */
  readonly axis: 'duration' | ((values: readonly number[]) => string[]);
  /** Lowest and highest value shown. */
  readonly range: (picture: PagePicture) => readonly [low: number, high: number];
  readonly hasTimeLabels: boolean;
  readonly draw: (plot: uPlot, picture: PagePicture) => void;
}

/** Room for the labels of values, the same for all, so that times stand below each other. */
const AXIS_PX = 76;

/** Room for half of a label at the end of the time axis, as wide as `111:06:40`. */
const LAST_LABEL_PX = 32;

const SYNC_KEY = 'time';

export function secondsOf(picture: PagePicture): number {
  return (Math.max(1, picture.sent.length) * picture.columnNs) / 1e9;
}

/** The edges of the columns, and nothing at them: tracks draw themselves. */
function edgesOf(picture: PagePicture): uPlot.AlignedData {
  const columns = Math.max(1, picture.sent.length);
  const edges = Array.from({ length: columns + 1 }, (_, edge) => (edge * picture.columnNs) / 1e9);
  return [edges, edges.map(() => null)];
}

export class TimePlot {
  readonly node: HTMLElement;
  readonly #track: Track;
  #plot: uPlot | undefined;
  #picture: PagePicture | undefined;

  constructor(node: HTMLElement, track: Track) {
    this.node = node;
    this.#track = track;
  }

  get uplot(): uPlot | undefined {
    return this.#plot;
  }

  /** The seconds that are shown. */
  get range(): { readonly min: number; readonly max: number } | undefined {
    const { min, max } = this.#plot?.scales['x'] ?? {};
    return typeof min === 'number' && typeof max === 'number' ? { min, max } : undefined;
  }

  update(picture: PagePicture): void {
    const isAll = this.#isAllShown();
    this.#picture = picture;
    if (this.#plot === undefined) this.#make();
    else this.#plot.setData(edgesOf(picture), isAll);
    if (!isAll) this.redraw();
  }

  zoom(min: number, max: number): void {
    this.#plot?.setScale('x', { min, max });
  }

  /** After a change of colours or of width. */
  redraw(): void {
    const plot = this.#plot;
    if (plot === undefined) return;
    const width = this.node.clientWidth;
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: this.#track.heightPx });
    else plot.redraw(false, true);
  }

  #isAllShown(): boolean {
    const range = this.range;
    if (range === undefined || this.#picture === undefined) return true;
    return range.min <= 0 && range.max >= secondsOf(this.#picture);
  }

  #make(): void {
    const { heightPx, hasTimeLabels } = this.#track;
    const picture = this.#picture!;
    const options: uPlot.Options = {
      width: Math.max(200, this.node.clientWidth),
      height: heightPx,
      padding: [8, LAST_LABEL_PX, hasTimeLabels ? 0 : 4, 0],
      legend: { show: false },
      cursor: {
        sync: { key: SYNC_KEY },
        drag: { x: true, y: false, setScale: true },
        points: { show: false },
        y: this.#track.axis === 'duration',
      },
      scales: {
        x: { time: false, range: (_, min, max) => [min, max] },
        y: { range: () => [...this.#track.range(this.#picture ?? picture)] },
      },
      axes: [this.#timeAxis(hasTimeLabels), this.#valueAxis()],
      series: [{}, { points: { show: false } }],
      hooks: {
        drawClear: [
          (plot) => {
            clipped(plot, () => {
              this.#track.draw(plot, this.#picture!);
            });
          },
        ],
      },
    };
    this.#plot = new uPlot(options, edgesOf(picture), this.node);
  }

  #timeAxis(hasLabels: boolean): uPlot.Axis {
    return {
      show: true,
      size: hasLabels ? 28 : 0,
      gap: 4,
      font: '12px system-ui, sans-serif',
      stroke: () => colour('muted'),
      grid: { stroke: () => colour('grid'), width: 1 },
      ticks: { show: hasLabels, stroke: () => colour('grid'), size: 5 },
      space: 80,
      values: (_, splits) => (hasLabels ? splits.map(timeLabel) : splits.map(() => '')),
    };
  }

  #valueAxis(): uPlot.Axis {
    const { axis } = this.#track;
    const common: uPlot.Axis = {
      size: AXIS_PX,
      gap: 6,
      font: '12px system-ui, sans-serif',
      stroke: () => colour('muted'),
      grid: { stroke: () => colour('grid'), width: 1 },
      ticks: { show: false },
    };
    if (axis !== 'duration') return { ...common, space: 26, values: (_, splits) => axis(splits) };
    return {
      ...common,
      splits: (_, __, low, high) => durationSplits(low, high),
      values: (_, splits) => durationLabels(splits),
      filter: (_, splits) => splits,
    };
  }
}

function clipped(plot: uPlot, draw: () => void): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}

/** Left edge of a column, and its width without a seam to the next, in canvas pixels. */
export function columnBox(
  plot: uPlot,
  { columnNs }: PagePicture,
  column: number,
): [number, number] {
  const left = Math.round(plot.valToPos((column * columnNs) / 1e9, 'x', true));
  const right = Math.round(plot.valToPos(((column + 1) * columnNs) / 1e9, 'x', true));
  return [left, Math.max(1, right - left)];
}

/** The columns that are in view, at least in part. */
export function columnsInView(plot: uPlot, { columnNs, sent }: PagePicture): [number, number] {
  const { min, max } = plot.scales['x']!;
  const first = Math.floor(((min ?? 0) * 1e9) / columnNs);
  const last = Math.ceil(((max ?? 0) * 1e9) / columnNs);
  return [Math.max(0, first), Math.min(sent.length, last)];
}
