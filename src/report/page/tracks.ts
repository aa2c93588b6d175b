// SPDX-License-Identifier: MIT
// What the plots over time show: the echogram, its losses, its percentiles, and how well this host
// kept its own schedule.

import { DROP_WORDS } from '../../client/host/drop-words.ts';
import type uPlot from 'uplot';
import { rowLowNs } from '../../stats/echogram.ts';
import { LOSS_CAUSES, type LossCause, type PagePicture } from '../page-picture.ts';
import { formatNs, formatRatio } from '../../quantities.ts';
import { densityOf } from './scale.ts';
import { brightnessRamp, colour } from './theme.ts';
import { columnBox, columnsInView, type Track } from './time-plot.ts';

/** A cell of the echogram is at least so high. */
const CELL_PX = 4;

/** At most so much of a gap's colour covers what is behind it. */
const GAP_ALPHA = 0.55;

export const CAUSE_WORDS: Readonly<Record<LossCause, string>> = {
  path: 'lost on the path or at the other end',
  thisHost: DROP_WORDS.bufferOrChecksum,
  icmpErrors: 'lost, with an ICMP error',
  corrupted: 'came back altered',
  late: 'late: after the timeout',
};

export function lossesAt({ losses }: PagePicture, column: number): number {
  return LOSS_CAUSES.reduce((sum, cause) => sum + losses[cause][column]!, 0);
}

/** Round-trip times from the lowest to the highest row, and a little around, as log2. */
export function durationRange({ allRows }: PagePicture): readonly [number, number] {
  if (allRows.length === 0) return [Math.log2(1e5), Math.log2(1e8)];
  const low = Math.log2(rowLowNs(allRows[0]!));
  const high = Math.log2(rowLowNs(allRows.at(-2)! + 1));
  const around = Math.max(0.08 * (high - low), (1 - (high - low)) / 2, 0.1);
  return [low - around, high + around];
}

export const ECHOGRAM: Track = {
  heightPx: 360,
  axis: 'duration',
  range: durationRange,
  hasTimeLabels: false,
  draw: (plot, picture) => {
    drawGaps(plot, picture);
    drawEchoes(plot, picture);
  },
};

/** Where probes were lost stands the colour of the cause of most, as strong as their share. */
function drawGaps(plot: uPlot, picture: PagePicture): void {
  const { ctx, bbox } = plot;
  const [first, last] = columnsInView(plot, picture);
  for (let column = first; column < last; column++) {
    const lost = lossesAt(picture, column);
    if (lost === 0) continue;
    const [left, width] = columnBox(plot, picture, column);
    const [main] = [...LOSS_CAUSES].sort(
      (a, b) => picture.losses[b][column]! - picture.losses[a][column]!,
    );
    ctx.globalAlpha = 0.07 + (GAP_ALPHA - 0.07) * (lost / Math.max(lost, picture.sent[column]!));
    ctx.fillStyle = colour(`cause-${main!}`);
    ctx.fillRect(left, bbox.top, width, bbox.height);
  }
  ctx.globalAlpha = 1;
}

function drawEchoes(plot: uPlot, picture: PagePicture): void {
  const cells = cellsInView(plot, picture);
  const logs = cells.map(logDensityOf);
  const brightest = logs.reduce((most, log) => Math.max(most, log), 0);
  const ramp = brightnessRamp();
  const { ctx } = plot;
  for (const [at, { column, lowRow, rows }] of cells.entries()) {
    const [left, width] = columnBox(plot, picture, column);
    const top = Math.round(plot.valToPos(Math.log2(rowLowNs(lowRow + rows)), 'y', true));
    const bottom = Math.round(plot.valToPos(Math.log2(rowLowNs(lowRow)), 'y', true));
    const height = Math.max(CELL_PX, bottom - top);
    // Where no place has more than one, all are equally strong.
    const strength = brightest === 0 ? 0.6 : 0.12 + 0.88 * (logs[at]! / brightest);
    ctx.fillStyle = ramp[Math.round(strength * (ramp.length - 1))]!;
    ctx.fillRect(left, bottom - height, width, height);
  }
}

/** No place is less than one reply at the narrowest: a single one is as strong wherever it came. */
function logDensityOf({ count, lowRow, rows }: Cell): number {
  return Math.max(0, Math.log(densityOf(count, lowRow, rows)));
}

interface Cell {
  readonly column: number;
  readonly lowRow: number;
  readonly rows: number;
  count: number;
}

/** The cells in view, rows put together where one would be too low to be seen. */
function cellsInView(plot: uPlot, picture: PagePicture): readonly Cell[] {
  const { min, max } = plot.scales['y']!;
  const rowPx = plot.bbox.height / ((max ?? 1) - (min ?? 0)) / picture.rowsPerOctave;
  const rows = 2 ** Math.min(5, Math.max(0, Math.ceil(Math.log2(CELL_PX / rowPx))));
  const [first, last] = columnsInView(plot, picture);
  const cells: Cell[] = [];
  for (let column = first; column < last; column++) {
    const list = picture.rttRows[column]!;
    let cell: Cell | undefined;
    for (let at = 0; at < list.length; at += 2) {
      const lowRow = list[at]! - (list[at]! % rows);
      if (cell?.lowRow !== lowRow) cells.push((cell = { column, lowRow, rows, count: 0 }));
      cell.count += list[at + 1]!;
    }
  }
  return cells;
}

export const LOSSES: Track = {
  heightPx: 104,
  axis: (values) => values.map((value) => formatRatio(value)),
  range: (picture) => [0, largestLossShare(picture)],
  hasTimeLabels: true,
  draw: drawLosses,
};

function largestLossShare(picture: PagePicture): number {
  const shares = picture.sent.map((sent, column) => lossesAt(picture, column) / Math.max(1, sent));
  const largest = Math.max(0, ...shares);
  return [0.02, 0.1, 0.25, 0.5].find((share) => largest <= share) ?? 1;
}

function drawLosses(plot: uPlot, picture: PagePicture): void {
  const { ctx } = plot;
  const [first, last] = columnsInView(plot, picture);
  for (let column = first; column < last; column++) {
    const [left, width] = columnBox(plot, picture, column);
    const all = Math.max(1, picture.sent[column]!);
    let below = 0;
    for (const cause of LOSS_CAUSES) {
      const count = picture.losses[cause][column]!;
      if (count === 0) continue;
      const bottom = plot.valToPos(below / all, 'y', true);
      below += count;
      const top = plot.valToPos(Math.min(1, below / all), 'y', true);
      ctx.fillStyle = colour(`cause-${cause}`);
      ctx.fillRect(left, Math.min(top, bottom - 2), width, Math.max(2, bottom - top));
    }
  }
}

export const PERCENTILES: Track = {
  heightPx: 170,
  axis: 'duration',
  range: durationRange,
  hasTimeLabels: false,
  draw: drawPercentiles,
};

function drawPercentiles(plot: uPlot, picture: PagePicture): void {
  const { p50, p90, p99 } = picture.percentilesNs;
  const lowest = picture.rttRows.map((rows) => (rows.length === 0 ? null : rowLowNs(rows[0]!)));
  fillBetween(plot, picture, lowest, p99, colour('band-outer'));
  fillBetween(plot, picture, lowest, p90, colour('band-inner'));
  drawSteps(plot, picture, p50, colour('line'));
}

type Series = readonly (number | null)[];

function fillBetween(
  plot: uPlot,
  picture: PagePicture,
  low: Series,
  high: Series,
  fill: string,
): void {
  const { ctx } = plot;
  ctx.fillStyle = fill;
  const [first, last] = columnsInView(plot, picture);
  for (let column = first; column < last; column++) {
    const [lowNs, highNs] = [low[column] ?? null, high[column] ?? null];
    if (lowNs === null || highNs === null) continue;
    const [left, width] = columnBox(plot, picture, column);
    const top = plot.valToPos(Math.log2(highNs), 'y', true);
    const bottom = plot.valToPos(Math.log2(lowNs), 'y', true);
    ctx.fillRect(left, top, width, Math.max(1, bottom - top));
  }
}

/** A line that is interrupted where nothing came back. */
function drawSteps(plot: uPlot, picture: PagePicture, values: Series, stroke: string): void {
  const { ctx } = plot;
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.beginPath();
  let isOpen = false;
  const [first, last] = columnsInView(plot, picture);
  for (let column = first; column < last; column++) {
    const value = values[column] ?? null;
    if (value === null) {
      isOpen = false;
      continue;
    }
    const [left, width] = columnBox(plot, picture, column);
    const y = plot.valToPos(Math.log2(value), 'y', true);
    if (isOpen) ctx.lineTo(left, y);
    else ctx.moveTo(left, y);
    ctx.lineTo(left + width, y);
    isOpen = true;
  }
  ctx.stroke();
}

/** What hides a bar behind another shows this much of it. */
const PALE_ALPHA = 0.4;

/**
 * How late this host sent, at worst, in each column, before how long the program stalled; where slots
 * were skipped or probes not sent, a mark on top.
 */
export const SCHEDULE: Track = {
  heightPx: 118,
  axis: (values) => values.map((value) => formatNs(value)),
  range: ({ largestSendErrorNs, largestStallNs }) => [
    0,
    1.15 * Math.max(1000, ...largestSendErrorNs, ...largestStallNs),
  ],
  hasTimeLabels: true,
  draw: (plot, picture) => {
    const { ctx, bbox } = plot;
    ctx.fillStyle = colour('host');
    ctx.globalAlpha = PALE_ALPHA;
    drawBars(plot, picture, picture.largestStallNs);
    ctx.globalAlpha = 1;
    drawBars(plot, picture, picture.largestSendErrorNs);
    ctx.fillStyle = colour('cause-path');
    const [first, last] = columnsInView(plot, picture);
    for (let column = first; column < last; column++) {
      const missed = picture.skipped[column]! + picture.sendFailed[column]!;
      if (missed === 0) continue;
      const [left, width] = columnBox(plot, picture, column);
      ctx.fillRect(left, bbox.top, width, 6 * devicePixelRatio);
    }
  },
};

function drawBars(plot: uPlot, picture: PagePicture, values: readonly number[]): void {
  const { ctx, bbox } = plot;
  const [first, last] = columnsInView(plot, picture);
  for (let column = first; column < last; column++) {
    const [left, width] = columnBox(plot, picture, column);
    const top = plot.valToPos(values[column]!, 'y', true);
    ctx.fillRect(left, top, width, bbox.top + bbox.height - top);
  }
}
