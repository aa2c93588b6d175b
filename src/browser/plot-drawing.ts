// SPDX-License-Identifier: MIT
// What the plots of all pages draw alike. Places are in canvas pixels.

import type uPlot from 'uplot';
import { rowLowNs } from '../stats/echogram.ts';
import {
  brightestOf,
  CELL_PX,
  colourAt,
  logDensityOf,
  rowsOfCell,
  strengthOf,
  type Cell,
} from './cells.ts';
import { brightnessRamp, colour } from './theme.ts';

/** Left edge and width of a column. */
export type ColumnBox = readonly [left: number, width: number];

/** Opacity of a gap's colour, from a single missing reply to no reply at all. */
const GAP_ALPHA = [0.07, 0.55] as const;

/** The height of a share that is too small to be seen. */
const LEAST_SHARE_PX = 2;

/** Draws inside the axes only. */
export function clipped(plot: uPlot, draw: () => void): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}

/** Number of rows that form one cell at the current scale. */
export function rowsInView(plot: uPlot): number {
  const { min, max } = plot.scales['y']!;
  return rowsOfCell(plot.bbox.height / ((max ?? 1) - (min ?? 0)));
}

export function drawCells(
  plot: uPlot,
  cells: readonly Cell[],
  boxOf: (column: number) => ColumnBox,
): void {
  const logs = cells.map(logDensityOf);
  const brightest = brightestOf(logs);
  const ramp = brightnessRamp();
  const { ctx } = plot;
  for (const [at, { column, lowRow, rows }] of cells.entries()) {
    const [left, width] = boxOf(column);
    const top = Math.round(plot.valToPos(Math.log2(rowLowNs(lowRow + rows)), 'y', true));
    const bottom = Math.round(plot.valToPos(Math.log2(rowLowNs(lowRow)), 'y', true));
    const height = Math.max(CELL_PX, bottom - top);
    ctx.fillStyle = colourAt(ramp, strengthOf(logs[at]!, brightest));
    ctx.fillRect(left, bottom - height, width, height);
  }
}

/** How many slots of a column came to which end; the kind is also the name of its colour. */
type Misses<Kind extends string> = readonly (readonly [kind: Kind, count: number])[];

/** Fills a column with missing replies with the colour of the most frequent cause, as strongly as their share. */
export function drawGap<Kind extends string>(
  { ctx, bbox }: uPlot,
  [left, width]: ColumnBox,
  misses: Misses<Kind>,
  slots: number,
): void {
  const missing = misses.reduce((sum, [, count]) => sum + count, 0);
  if (missing === 0) return;
  const [kind] = misses.reduce((most, miss) => (miss[1] > most[1] ? miss : most));
  const [least, most] = GAP_ALPHA;
  ctx.globalAlpha = least + (most - least) * (missing / Math.max(missing, slots));
  ctx.fillStyle = colour(`cause-${kind}`);
  ctx.fillRect(left, bbox.top, width, bbox.height);
  ctx.globalAlpha = 1;
}

/** Stacks the shares of a column. Even a single loss among thousands is visible. */
export function drawShares<Kind extends string>(
  plot: uPlot,
  [left, width]: ColumnBox,
  misses: Misses<Kind>,
  slots: number,
): void {
  const { ctx } = plot;
  let below = 0;
  for (const [kind, count] of misses) {
    if (count === 0) continue;
    const bottom = plot.valToPos(below / slots, 'y', true);
    below += count;
    const top = plot.valToPos(Math.min(1, below / slots), 'y', true);
    ctx.fillStyle = colour(`cause-${kind}`);
    const height = Math.max(LEAST_SHARE_PX, bottom - top);
    ctx.fillRect(left, Math.min(top, bottom - LEAST_SHARE_PX), width, height);
  }
}
