// SPDX-License-Identifier: MIT
// The plots over time: the echogram, its losses, its percentiles, and how well this host kept its own schedule.

import type uPlot from 'uplot';
import { rowLowNs } from '../../stats/echogram.ts';
import { LOSS_CAUSES } from '../place-losses.ts';
import type { DrawnKind } from '../page-legend.ts';
import type { PagePicture } from '../page-picture.ts';
import { formatNs, formatRatio } from '../../quantities.ts';
import {
  brightestOf,
  cellsOf,
  colourAt,
  logDensityOf,
  strengthOf,
  type Cell,
} from '../../browser/cells.ts';
import { drawCells, drawGap, drawShares, rowsInView } from '../../browser/plot-drawing.ts';
import { durationRange, narrowestRatio, roundShare } from '../../browser/scale.ts';
import { brightnessRamp, colour } from '../../browser/theme.ts';
import { columnBox, columnsInView, slotsAt, type Track } from './time-plot.ts';

export function lossesAt({ losses }: PagePicture, column: number): number {
  return LOSS_CAUSES.reduce((sum, cause) => sum + losses[cause][column]!, 0);
}

/** All outcomes of a column's slots except a reply in time. */
function missesAt(picture: PagePicture, column: number): readonly (readonly [DrawnKind, number])[] {
  return [
    ...LOSS_CAUSES.map((cause) => [cause, picture.losses[cause][column]!] as const),
    ['notSent', picture.sendFailed[column]!],
    ['skipped', picture.skipped[column]!],
  ];
}

function isNothingIn(values: readonly number[]): boolean {
  return values.every((value) => value === 0);
}

function hasReplies({ allRows }: PagePicture): boolean {
  return allRows.length > 0;
}

/** The range of all round-trip times, as log2. */
export function rttRange({ allRows }: PagePicture): readonly [number, number] {
  return durationRange(
    allRows.length === 0 ? undefined : { low: allRows[0]!, high: allRows.at(-2)! },
  );
}

export const ECHOGRAM: Track = {
  heightPx: 376,
  axis: 'duration',
  range: rttRange,
  hasTimeLabels: true,
  empty: ({ sent }) =>
    sent.length === 0 ? 'Nothing was sent: there is nothing to draw.' : undefined,
  draw: (plot, picture) => {
    drawGaps(plot, picture);
    drawEchoes(plot, picture);
  },
};

function drawGaps(plot: uPlot, picture: PagePicture): void {
  const [first, last] = columnsInView(plot, picture);
  for (let column = first; column < last; column++) {
    const box = columnBox(plot, picture, column);
    drawGap(plot, box, missesAt(picture, column), slotsAt(picture, column));
  }
}

function drawEchoes(plot: uPlot, picture: PagePicture): void {
  drawCells(plot, cellsInView(plot, picture), (column) => columnBox(plot, picture, column));
}

/** What the strength of a colour means in the visible range. */
export interface DensityScale {
  /** The most replies in one cell. */
  readonly most: number;
  /** The colours from one reply to `most`. */
  readonly colours: readonly string[];
  /** The height of a cell, as a share of its round-trip time. */
  readonly heightRatio: number;
}

/** `undefined` if nothing is shown. */
export function densityScale(plot: uPlot, picture: PagePicture): DensityScale | undefined {
  const cells = cellsInView(plot, picture);
  if (cells.length === 0) return undefined;
  const brightest = brightestOf(cells.map(logDensityOf));
  const ramp = brightnessRamp();
  const colours = [0, 0.25, 0.5, 0.75, 1].map((share) =>
    colourAt(ramp, strengthOf(share * brightest, brightest)),
  );
  return {
    most: Math.round(Math.exp(brightest)),
    colours,
    heightRatio: narrowestRatio(rowsInView(plot)),
  };
}

function cellsInView(plot: uPlot, picture: PagePicture): readonly Cell[] {
  return cellsOf(picture.rttRows, columnsInView(plot, picture), rowsInView(plot));
}

export const LOSSES: Track = {
  heightPx: 88,
  axis: (values) => values.map((value) => formatRatio(value)),
  range: (picture) => [0, largestMissedShare(picture)],
  hasTimeLabels: false,
  empty: ({ losses, sendFailed }) =>
    [...Object.values(losses), sendFailed].every(isNothingIn) ? 'Nothing was lost.' : undefined,
  draw: drawLosses,
};

/** Probes that were lost, late or not sent; skipped slots sent no probe. */
function missedAt(picture: PagePicture, column: number): readonly (readonly [DrawnKind, number])[] {
  return missesAt(picture, column).filter(([kind]) => kind !== 'skipped');
}

function dueAt({ sent, sendFailed }: PagePicture, column: number): number {
  return Math.max(1, sent[column]! + sendFailed[column]!);
}

function largestMissedShare(picture: PagePicture): number {
  const shares = picture.sent.map((_, column) => {
    const missed = missedAt(picture, column).reduce((sum, [, count]) => sum + count, 0);
    return missed / dueAt(picture, column);
  });
  return roundShare(Math.max(0, ...shares));
}

function drawLosses(plot: uPlot, picture: PagePicture): void {
  const [first, last] = columnsInView(plot, picture);
  for (let column = first; column < last; column++) {
    const box = columnBox(plot, picture, column);
    drawShares(plot, box, missedAt(picture, column), dueAt(picture, column));
  }
}

export const PERCENTILES: Track = {
  heightPx: 170,
  axis: 'duration',
  range: rttRange,
  hasTimeLabels: false,
  empty: (picture) => (hasReplies(picture) ? undefined : 'No reply arrived in time.'),
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

/** Draws a line with gaps where no reply arrived. */
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

/** Opacity of a bar that is drawn behind another one. */
const PALE_ALPHA = 0.4;

/**
 * How late this host sent at worst in each column, in front of how long the program stalled. A mark on top shows
 * skipped slots or probes that were not sent.
 */
export const SCHEDULE: Track = {
  heightPx: 118,
  axis: (values) => values.map((value) => formatNs(value)),
  range: ({ largestSendErrorNs, largestStallNs }) => [
    0,
    1.15 * Math.max(1000, ...largestSendErrorNs, ...largestStallNs),
  ],
  hasTimeLabels: true,
  empty: ({ sent }) => (sent.length === 0 ? 'Nothing was sent.' : undefined),
  draw: (plot, picture) => {
    const { ctx, bbox } = plot;
    ctx.fillStyle = colour('host');
    ctx.globalAlpha = PALE_ALPHA;
    drawBars(plot, picture, picture.largestStallNs);
    ctx.globalAlpha = 1;
    drawBars(plot, picture, picture.largestSendErrorNs);
    const [first, last] = columnsInView(plot, picture);
    for (let column = first; column < last; column++) {
      const [notSent, skipped] = [picture.sendFailed[column]!, picture.skipped[column]!];
      if (notSent + skipped === 0) continue;
      const kind = notSent > 0 ? 'notSent' : 'skipped';
      const [left, width] = columnBox(plot, picture, column);
      ctx.fillStyle = colour(`cause-${kind}`);
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
