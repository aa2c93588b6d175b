// SPDX-License-Identifier: MIT
// The distribution of round-trip times: bars for their density on a logarithmic axis, and a line for the share that was
// at least that fast.

import uPlot from 'uplot';
import { rowLowNs } from '../../stats/echogram.ts';
import type { PageData } from '../page-data.ts';
import { formatNs } from '../../quantities.ts';
import { AXIS_STYLE } from '../../browser/axes.ts';
import { element, section } from '../../browser/dom.ts';
import { apart, densityOf, durationLabels, durationSplits } from '../../browser/scale.ts';
import { colour } from '../../browser/theme.ts';
import { rttRange } from './tracks.ts';

const HEIGHT_PX = 260;

/** uPlot's side of an axis. It declares an enumeration that does not exist at run time. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
const RIGHT: uPlot.Axis.Side = 1;

/** Minimum width of a bar. */
const BAR_PX = 4;

interface Bar {
  readonly lowNs: number;
  readonly highNs: number;
  density: number;
}

export class DistributionPlot {
  readonly node: HTMLElement;
  readonly #holder = element('div', { class: 'plot', role: 'img' });
  readonly #readout = element('p', { class: 'readout' });
  readonly #note = element(
    'p',
    { class: 'note' },
    'Bars: number of replies per equal step of the scale. Line: share of the replies that were at least that fast (CDF).',
  );
  #plot: uPlot | undefined;
  #data: PageData | undefined;

  constructor() {
    this.node = section('distribution', 'Distribution', this.#note, this.#readout, this.#holder);
    this.#holder.addEventListener('pointermove', (event) => {
      this.#tell(event.clientX);
    });
  }

  update(data: PageData): void {
    this.#data = data;
    const { rttNs } = data.measurement;
    const text = quantilesText(rttNs);
    this.#readout.textContent = text;
    this.#holder.setAttribute('aria-label', `Distribution of round-trip times. ${text}`);
    const isEmpty = data.picture.allRows.length === 0;
    this.#note.hidden = isEmpty;
    this.#holder.hidden = isEmpty;
    if (isEmpty) return;
    if (this.#plot === undefined) this.#make();
    else this.#plot.setData(this.#edges(), true);
  }

  redraw(): void {
    const width = this.#holder.clientWidth;
    if (this.#plot === undefined || width === 0) return;
    if (width !== this.#plot.width) this.#plot.setSize({ width, height: HEIGHT_PX });
    else this.#plot.redraw(false, true);
  }

  #edges(): uPlot.AlignedData {
    const [low, high] = rttRange(this.#data!.picture);
    return [
      [low, high],
      [null, null],
      [null, null],
    ];
  }

  #make(): void {
    const common = { ...AXIS_STYLE, ticks: { show: false } };
    const options: uPlot.Options = {
      width: Math.max(200, this.#holder.clientWidth),
      height: HEIGHT_PX,
      padding: [10, 0, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: (_, min, max) => [min, max] },
        y: { range: () => [0, 1.08 * Math.max(1, ...this.#bars().map(({ density }) => density))] },
        share: { range: () => [0, 1.08] },
      },
      axes: [
        {
          ...common,
          size: 28,
          gap: 4,
          space: 60,
          splits: (_, __, low, high) => durationSplits(low, high),
          values: (plot, splits) =>
            apart(
              durationLabels(splits),
              splits.map((split) => plot.valToPos(split, 'x')),
              LABEL_PX,
            ),
          filter: (_, splits) => splits,
        },
        { ...common, size: 64, gap: 6 },
        {
          ...common,
          scale: 'share',
          side: RIGHT,
          size: 52,
          gap: 6,
          grid: { show: false },
          splits: () => [0, 0.25, 0.5, 0.75, 1],
          values: (_, splits) => splits.map((share) => `${share * 100} %`),
        },
      ],
      series: [{}, { points: { show: false } }, { scale: 'share', points: { show: false } }],
      hooks: {
        drawClear: [
          (plot) => {
            this.#draw(plot);
          },
        ],
      },
    };
    this.#plot = new uPlot(options, this.#edges(), this.#holder);
  }

  /** The rows, merged where one would be too narrow to be seen. */
  #bars(): readonly Bar[] {
    const { allRows, rowsPerOctave } = this.#data!.picture;
    const [low, high] = rttRange(this.#data!.picture);
    const rowPx = (this.#holder.clientWidth || 600) / (high - low) / rowsPerOctave;
    const rows = 2 ** Math.min(4, Math.max(0, Math.ceil(Math.log2(BAR_PX / rowPx))));
    const bars = new Map<number, Bar>();
    for (let at = 0; at < allRows.length; at += 2) {
      const first = allRows[at]! - (allRows[at]! % rows);
      const bar = bars.get(first) ?? {
        lowNs: rowLowNs(first),
        highNs: rowLowNs(first + rows),
        density: 0,
      };
      bar.density += densityOf(allRows[at + 1]!, first, rows);
      bars.set(first, bar);
    }
    return [...bars.values()];
  }

  #draw(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const xOf = (ns: number): number => plot.valToPos(Math.log2(ns), 'x', true);
    const bottom = bbox.top + bbox.height;
    ctx.save();
    ctx.fillStyle = colour('bar');
    for (const { lowNs, highNs, density } of this.#bars()) {
      const [left, right] = [Math.round(xOf(lowNs)), Math.round(xOf(highNs))];
      const top = Math.min(bottom - 1, plot.valToPos(density, 'y', true));
      ctx.fillRect(left, top, Math.max(1, right - left - 1), bottom - top);
    }
    this.#drawShares(plot, xOf);
    ctx.restore();
  }

  #drawShares(plot: uPlot, xOf: (ns: number) => number): void {
    const { ctx, bbox } = plot;
    const { allRows } = this.#data!.picture;
    const all = totalOf(allRows);
    ctx.strokeStyle = colour('line');
    ctx.lineWidth = 2 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(bbox.left, plot.valToPos(0, 'share', true));
    let reached = 0;
    for (let at = 0; at < allRows.length; at += 2) {
      ctx.lineTo(xOf(rowLowNs(allRows[at]!)), plot.valToPos(reached / all, 'share', true));
      reached += allRows[at + 1]!;
      ctx.lineTo(xOf(rowLowNs(allRows[at]! + 1)), plot.valToPos(reached / all, 'share', true));
    }
    if (all > 0) ctx.lineTo(bbox.left + bbox.width, plot.valToPos(1, 'share', true));
    ctx.stroke();
  }

  #tell(clientX: number): void {
    const plot = this.#plot;
    if (plot === undefined) return;
    const ns = 2 ** plot.posToVal(clientX - plot.over.getBoundingClientRect().left, 'x');
    const { allRows } = this.#data!.picture;
    let within = 0;
    for (let at = 0; at < allRows.length && rowLowNs(allRows[at]! + 1) <= ns; at += 2) {
      within += allRows[at + 1]!;
    }
    const share = (100 * within) / Math.max(1, totalOf(allRows));
    this.#readout.textContent = `${share.toFixed(share > 99 ? 2 : 1)} % of the replies within ${formatNs(ns)}`;
  }
}

/** Width of the labels of durations. */
const LABEL_PX = 52;

function totalOf(rows: readonly number[]): number {
  return rows.reduce((sum, count, at) => sum + (at % 2 === 1 ? count : 0), 0);
}

function quantilesText({ p50, p90, p99 }: PageData['measurement']['rttNs']): string {
  if (p50 === null) return 'No reply arrived in time.';
  return `Half of the replies within ${formatNs(p50)}, 90 % within ${formatNs(p90)}, 99 % within ${formatNs(p99)}`;
}
