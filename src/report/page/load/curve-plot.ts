// SPDX-License-Identifier: MIT
// Response time against load: lines through the profile, a mark for each trial, and the bracket.

import uPlot from 'uplot';
import type { LoadResult, LoadTrial } from '../../../load/load-result.ts';
import { rateDown, rateNear, rateUp } from '../../../load/verdict/load-words.ts';
import { AXIS_STYLE, valueAxis } from '../../../browser/axes.ts';
import { element, note, section } from '../../../browser/dom.ts';
import { clipped } from '../../../browser/plot-drawing.ts';
import { colour } from '../../../browser/theme.ts';
import { formatNs } from '../../../quantities.ts';
import { outcomeWords } from '../../trial-outcome.ts';

const HEIGHT_PX = 340;

/** Room for the labels of durations. */
const AXIS_PX = 76;

/** Room for half of the last label. */
const LAST_LABEL_PX = 44;

/** Half the width of a mark. */
const MARK_PX = 4;

/** The axes reach so much further than what they show. */
const MARGIN = 0.06;

/** Within this distance of the pointer, the readout tells of a trial. */
const NEAR_PX = 24;

type Percentile = 'p50' | 'p95' | 'p99';

/** The lines, with their colours in the style sheet and how they are dashed. */
const LINES: readonly (readonly [Percentile, string, readonly number[]])[] = [
  ['p50', 'bar', []],
  ['p95', 'bar', [6, 4]],
  ['p99', 'bar', [2, 3]],
];

export class CurvePlot {
  readonly node: HTMLElement;
  readonly #result: LoadResult;
  readonly #profile: readonly LoadTrial[];
  readonly #holder: HTMLElement;
  readonly #readout = element('p', { class: 'readout' });
  #plot: uPlot | undefined;

  constructor(result: LoadResult) {
    this.#result = result;
    this.#profile = result.trials.filter(
      ({ phase }) => phase === 'profile' || phase === 'overload',
    );
    this.#holder = element('div', { class: 'plot', role: 'img', 'aria-label': inWords(result) });
    const hasTimes = timesOf(result).length > 0;
    this.node = section(
      'curve',
      'Response time against load',
      note(hasTimes ? LEGEND : 'No reply arrived: there are no response times.'),
      this.#readout,
      this.#holder,
    );
    this.#holder.hidden = !hasTimes;
    this.#readout.textContent = bracketText(result);
    this.#holder.addEventListener('pointermove', (event) => {
      this.#tell(event);
    });
  }

  /** Call it when it is on the page, and after a change of colours or width. */
  redraw(): void {
    const width = this.#holder.clientWidth;
    if (this.#holder.hidden || width === 0) return;
    if (this.#plot === undefined) this.#make(width);
    else if (width !== this.#plot.width) this.#plot.setSize({ width, height: HEIGHT_PX });
    else this.#plot.redraw(false, true);
  }

  #make(width: number): void {
    const times = timesOf(this.#result).map(Math.log2);
    const [low, high] = [Math.min(...times), Math.max(...times)];
    const margin = Math.max(0.5, MARGIN * (high - low));
    const most = Math.max(...this.#result.trials.map(({ offeredPps }) => offeredPps));
    const options: uPlot.Options = {
      width,
      height: HEIGHT_PX,
      padding: [10, LAST_LABEL_PX, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: () => [0, most * (1 + MARGIN)] },
        y: { range: () => [low - margin, high + margin] },
      },
      axes: [
        {
          ...AXIS_STYLE,
          size: 30,
          gap: 4,
          space: 80,
          ticks: { show: false },
          values: (_, splits) => splits.map((pps) => `${rateNear(pps)}/s`),
        },
        valueAxis('duration', AXIS_PX),
      ],
      series: [{}, { points: { show: false } }],
      hooks: {
        drawClear: [
          (plot) => {
            clipped(plot, () => {
              this.#draw(plot);
            });
          },
        ],
      },
    };
    this.#plot = new uPlot(
      options,
      [
        [0, most],
        [null, null],
      ],
      this.#holder,
    );
  }

  #draw(plot: uPlot): void {
    const { ctx } = plot;
    ctx.lineWidth = 2 * devicePixelRatio;
    const { lowerPps, upperPps } = this.#result.throughput;
    drawUpright(plot, lowerPps, 'good');
    drawUpright(plot, upperPps, 'down');
    for (const line of LINES) this.#drawLine(plot, line);
    for (const trial of this.#result.trials) drawMark(plot, trial);
  }

  #drawLine(plot: uPlot, [percentile, name, dashes]: (typeof LINES)[number]): void {
    const { ctx } = plot;
    ctx.strokeStyle = colour(name);
    ctx.setLineDash(dashes.map((px) => px * devicePixelRatio));
    ctx.beginPath();
    for (const { offeredPps, responseNs } of this.#profile) {
      const ns = responseNs[percentile];
      if (ns !== null) ctx.lineTo(...placeOf(plot, offeredPps, ns));
    }
    ctx.stroke();
    ctx.setLineDash([]);
  }

  #tell({ clientX, clientY }: PointerEvent): void {
    const plot = this.#plot;
    if (plot === undefined) return;
    const { left, top } = plot.over.getBoundingClientRect();
    const distanceOf = ({ offeredPps, responseNs }: LoadTrial): number => {
      if (responseNs.p50 === null) return Infinity;
      const x = plot.valToPos(offeredPps, 'x');
      const y = plot.valToPos(Math.log2(responseNs.p50), 'y');
      return Math.hypot(x - (clientX - left), y - (clientY - top));
    };
    const [nearest] = this.#result.trials.toSorted((a, b) => distanceOf(a) - distanceOf(b));
    const isNear = nearest !== undefined && distanceOf(nearest) <= NEAR_PX;
    this.#readout.textContent = isNear ? trialText(nearest) : bracketText(this.#result);
  }
}

const LEGEND =
  'Lines: response times at shares of the rate that passed; solid p50, dashed p95, dotted p99. Marks: the median of each trial, ● passed, × lost datagrams, ▲ a queue grew, ○ this host could not offer it. Upright: the highest rate that passed, and the lowest that did not.';

function timesOf({ trials }: LoadResult): number[] {
  return trials
    .flatMap(({ responseNs: { p50, p95, p99 } }) => [p50, p95, p99])
    .filter((ns): ns is number => ns !== null && ns > 0);
}

function placeOf(plot: uPlot, pps: number, ns: number): [x: number, y: number] {
  return [plot.valToPos(pps, 'x', true), plot.valToPos(Math.log2(ns), 'y', true)];
}

function drawUpright(plot: uPlot, pps: number | null, name: string): void {
  if (pps === null) return;
  const { ctx, bbox } = plot;
  const x = plot.valToPos(pps, 'x', true);
  ctx.strokeStyle = colour(name);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
}

/** Its shape tells the verdict without any colour. */
function drawMark(plot: uPlot, { offeredPps, responseNs, verdict }: LoadTrial): void {
  if (responseNs.p50 === null || responseNs.p50 <= 0) return;
  const { ctx } = plot;
  const [x, y] = placeOf(plot, offeredPps, responseNs.p50);
  const size = MARK_PX * devicePixelRatio;
  ctx.beginPath();
  switch (verdict) {
    case 'low-loss':
      ctx.fillStyle = colour('good');
      ctx.arc(x, y, size, 0, 2 * Math.PI);
      ctx.fill();
      return;
    case 'invalid':
      ctx.strokeStyle = colour('unknown');
      ctx.arc(x, y, size, 0, 2 * Math.PI);
      ctx.stroke();
      return;
    case 'growth':
      ctx.fillStyle = colour('lossy');
      ctx.moveTo(x, y - size);
      ctx.lineTo(x + size, y + size);
      ctx.lineTo(x - size, y + size);
      ctx.fill();
      return;
    case 'high-loss':
    case 'cut':
      ctx.strokeStyle = colour('down');
      ctx.moveTo(x - size, y - size);
      ctx.lineTo(x + size, y + size);
      ctx.moveTo(x + size, y - size);
      ctx.lineTo(x - size, y + size);
      ctx.stroke();
  }
}

function bracketText({ throughput: { lowerPps, upperPps } }: LoadResult): string {
  const passed = lowerPps === null ? 'No rate passed' : `${rateDown(lowerPps)}/s passed`;
  return upperPps === null ? `${passed}.` : `${passed}, ${rateUp(upperPps)}/s did not.`;
}

function trialText(trial: LoadTrial): string {
  const { phase, offeredPps, responseNs } = trial;
  const { p50, p95, p99 } = responseNs;
  return `${rateNear(offeredPps)}/s (${phase}): ${outcomeWords(trial)}; p50 ${formatNs(p50)}, p95 ${formatNs(p95)}, p99 ${formatNs(p99)}`;
}

/** What the plot shows, for whoever does not see it. */
function inWords(result: LoadResult): string {
  const steps = result.trials
    .filter(({ phase, responseNs }) => phase === 'profile' && responseNs.p50 !== null)
    .map(
      ({ offeredPps, responseNs }) => `${formatNs(responseNs.p50)} at ${rateNear(offeredPps)}/s`,
    );
  const profile = steps.length === 0 ? '' : ` Median response time: ${steps.join(', ')}.`;
  return `Response time against load. ${bracketText(result)}${profile}`;
}
