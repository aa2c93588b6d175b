// SPDX-License-Identifier: MIT
// What the plots of a target show: the echogram, what is missing by cause, and percentiles.

import type uPlot from 'uplot';
import { cellsOf } from '../../browser/cells.ts';
import {
  drawCells,
  drawGap,
  drawShares,
  rowsInView,
  type ColumnBox,
} from '../../browser/plot-drawing.ts';
import { durationRange, roundShare } from '../../browser/scale.ts';
import { colour } from '../../browser/theme.ts';
import { formatRatio } from '../../quantities.ts';
import { KINDS, type Kind, type Picture, type PictureColumn } from './picture.ts';
import type { Track } from './stretch-plot.ts';

/** Lines that differ without colour: dashes and widths in CSS pixels. */
export const LINES = [
  { percentile: 'p50Ns', words: 'median', dash: [], width: 2 },
  { percentile: 'p90Ns', words: 'p90', dash: [6, 3], width: 1.5 },
  { percentile: 'p99Ns', words: 'p99', dash: [2, 2], width: 1.5 },
] as const;

/** The range of all round-trip times, as log2. */
function rttRange({ rttRows }: Picture): readonly [number, number] {
  const filled = rttRows.filter((rows) => rows.length > 0);
  if (filled.length === 0) return durationRange(undefined);
  return durationRange({
    low: Math.min(...filled.map((rows) => rows[0]!)),
    high: Math.max(...filled.map((rows) => rows.at(-2)!)),
  });
}

export const ECHOGRAM: Track = {
  heightPx: 340,
  axis: 'duration',
  range: rttRange,
  hasTimeLabels: true,
  draw: (plot, picture) => {
    drawUnwatched(plot, picture);
    drawGaps(plot, picture);
    drawEchoes(plot, picture);
  },
};

export const MISSED: Track = {
  heightPx: 104,
  axis: (values) => values.map((value) => formatRatio(value)),
  range: (picture) => [0, largestShare(picture)],
  hasTimeLabels: false,
  draw: (plot, picture) => {
    drawUnwatched(plot, picture);
    drawMissed(plot, picture);
  },
};

export const PERCENTILES: Track = {
  heightPx: 190,
  axis: 'duration',
  range: rttRange,
  hasTimeLabels: true,
  draw: (plot, picture) => {
    drawUnwatched(plot, picture);
    for (const { percentile, dash, width } of LINES) {
      const values = picture.columns.map((column) => column[percentile]);
      drawSteps(plot, picture, values, dash, width);
    }
  },
};

/** Left edge of a column, and its width without a seam to the next, in canvas pixels. */
function columnBox(plot: uPlot, startMs: number, widthMs: number): ColumnBox {
  const left = Math.round(plot.valToPos(startMs / 1000, 'x', true));
  const right = Math.round(plot.valToPos((startMs + widthMs) / 1000, 'x', true));
  return [left, Math.max(1, right - left)];
}

/** Hatches what has no column: nobody watched then, or the history does not reach back so far. */
function drawUnwatched(plot: uPlot, { columns, widthMs }: Picture): void {
  const { ctx, bbox } = plot;
  const { min, max } = plot.scales['x']!;
  const [fromMs, toMs] = [(min ?? 0) * 1000, (max ?? 0) * 1000];
  ctx.save();
  ctx.beginPath();
  let untilMs = fromMs;
  const unwatched = (endMs: number): void => {
    const [left, width] = columnBox(plot, untilMs, endMs - untilMs);
    ctx.rect(left, bbox.top, width, bbox.height);
  };
  for (const { startMs } of columns) {
    if (startMs > untilMs) unwatched(startMs);
    untilMs = Math.max(untilMs, startMs + widthMs);
  }
  // The latest column arrives when it is over.
  if (untilMs + 2 * widthMs < toMs) unwatched(toMs);
  ctx.clip();
  ctx.strokeStyle = colour('edge');
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  const step = 8 * devicePixelRatio;
  for (let x = bbox.left - bbox.height; x < bbox.left + bbox.width; x += step) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}

function drawGaps(plot: uPlot, { columns, widthMs }: Picture): void {
  for (const column of columns) {
    drawGap(plot, columnBox(plot, column.startMs, widthMs), missesOf(column), column.slots);
  }
}

function drawEchoes(plot: uPlot, { columns, rttRows, widthMs }: Picture): void {
  const cells = cellsOf(rttRows, [0, rttRows.length], rowsInView(plot));
  drawCells(plot, cells, (column) => columnBox(plot, columns[column]!.startMs, widthMs));
}

function missesOf({ missed }: PictureColumn): readonly (readonly [Kind, number])[] {
  return KINDS.map((kind) => [kind, missed[kind]]);
}

function largestShare({ columns }: Picture): number {
  const shares = columns.map((column) => {
    const missing = missesOf(column).reduce((sum, [, count]) => sum + count, 0);
    return missing / Math.max(1, column.slots);
  });
  return roundShare(Math.max(0, ...shares));
}

function drawMissed(plot: uPlot, { columns, widthMs }: Picture): void {
  for (const column of columns) {
    const box = columnBox(plot, column.startMs, widthMs);
    drawShares(plot, box, missesOf(column), Math.max(1, column.slots));
  }
}

/** Draws a line with gaps where no reply arrived. */
function drawSteps(
  plot: uPlot,
  { columns, widthMs }: Picture,
  values: readonly (number | null)[],
  dash: readonly number[],
  widthPx: number,
): void {
  const { ctx } = plot;
  ctx.strokeStyle = colour('line');
  ctx.lineWidth = widthPx * devicePixelRatio;
  ctx.setLineDash(dash.map((px) => px * devicePixelRatio));
  ctx.beginPath();
  let endMs = NaN;
  for (const [at, { startMs }] of columns.entries()) {
    const value = values[at] ?? null;
    if (value === null) continue;
    const [left, width] = columnBox(plot, startMs, widthMs);
    const y = plot.valToPos(Math.log2(value), 'y', true);
    if (endMs === startMs) ctx.lineTo(left, y);
    else ctx.moveTo(left, y);
    ctx.lineTo(left + width, y);
    endMs = startMs + widthMs;
  }
  ctx.stroke();
  ctx.setLineDash([]);
}
