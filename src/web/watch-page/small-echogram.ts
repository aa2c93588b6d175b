// SPDX-License-Identifier: MIT
// The picture in a row of the overview: hours of one target, time across, round-trip time up on one scale for all rows;
// beneath three strips, where probes were lost, came late, or this host dropped datagrams.

import { brightnessRamp, colour } from '../../browser/theme.ts';
import { brightestOf, cellsOf, colourAt, logDensityOf, strengthOf } from '../../browser/cells.ts';
import { rowLowNs } from '../../stats/echogram.ts';
import { countOf, formatCount, formatNs } from '../../quantities.ts';
import { ageText } from './times.ts';
import { OVERVIEW_ROWS, type OverviewColumn } from '../watch-api.ts';

/** What is drawn: the stretch, and the width of a column. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly widthMs: number;
}

/** Round-trip times from the lowest to the highest, as log2 of nanoseconds. */
export type Range = readonly [low: number, high: number];

const STRIPS = ['path', 'late', 'thisHost'] as const;
const STRIP_PX = 4;
const STRIP_GAP_PX = 1;
const STRIPS_PX = STRIPS.length * (STRIP_PX + STRIP_GAP_PX) + 1;

/** Room for the label of a round-trip time. */
const LABEL_PX = 42;

/** Less than this many doublings are not worth a scale. */
const FEWEST_OCTAVES = 4;

/** Holds the round-trip times of all. */
export function rangeOf(pictures: Iterable<readonly OverviewColumn[]>): Range {
  let [low, high] = [Infinity, -Infinity];
  for (const columns of pictures) {
    for (const [, , , , , , rows] of columns) {
      if (rows.length === 0) continue;
      low = Math.min(low, rows[0]!);
      high = Math.max(high, rows.at(-2)! + 1);
    }
  }
  if (high < low) return [Math.log2(1e5), Math.log2(1e8)];
  const [lowest, highest] = [low, high].map((row) => Math.log2(rowLowNs(row * OVERVIEW_ROWS)));
  const around = Math.max(0.3, (FEWEST_OCTAVES - (highest! - lowest!)) / 2);
  return [Math.floor(lowest! - around), Math.ceil(highest! + around)];
}

/** What the picture shows, in words. */
export function pictureWords(columns: readonly OverviewColumn[], stretch: Stretch): string {
  let [sent, lost, late, dropped] = [0, 0, 0, 0];
  for (const [, ofSent, ofLost, ofLate, , hostDropped] of columns) {
    sent += ofSent;
    lost += ofLost;
    late += ofLate;
    dropped += hostDropped ?? 0;
  }
  const here = dropped === 0 ? '' : `, ${countOf(dropped, 'datagram')} dropped by this host`;
  return `Last ${ageText(stretch.toMs - stretch.fromMs)}: ${formatCount(lost)} lost and ${formatCount(late)} late of ${countOf(sent, 'probe')}${here}`;
}

/** Draws into the whole canvas. */
export function drawSmall(
  canvas: HTMLCanvasElement,
  columns: readonly OverviewColumn[],
  stretch: Stretch,
  range: Range,
): void {
  const ctx = fitted(canvas);
  if (ctx === undefined) return;
  const [width, height] = [canvas.clientWidth - LABEL_PX, canvas.clientHeight];
  const echogram = { ctx, width, height: height - STRIPS_PX, stretch, range };
  ctx.fillStyle = colour('plot');
  ctx.fillRect(0, 0, width, height - STRIPS_PX);
  drawScale(echogram);
  drawUnknown(echogram, columns);
  drawEchoes(echogram, columns);
  for (const [at, kind] of STRIPS.entries()) {
    const top = height - STRIPS_PX + 1 + at * (STRIP_PX + STRIP_GAP_PX);
    ctx.fillStyle = colour('grid');
    ctx.fillRect(0, top, width, STRIP_PX);
    drawStrip(echogram, columns, kind, top);
  }
}

interface Drawing {
  readonly ctx: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly stretch: Stretch;
  readonly range: Range;
}

/** Its drawing surface in CSS pixels, as large as it is shown; `undefined` while it is not. */
function fitted(canvas: HTMLCanvasElement): CanvasRenderingContext2D | undefined {
  const ratio = devicePixelRatio;
  const [width, height] = [canvas.clientWidth * ratio, canvas.clientHeight * ratio].map(Math.round);
  if (width === 0 || height === 0) return undefined;
  if (canvas.width !== width) canvas.width = width!;
  if (canvas.height !== height) canvas.height = height!;
  const ctx = canvas.getContext('2d')!;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return ctx;
}

function xOf({ width, stretch: { fromMs, toMs } }: Drawing, ms: number): number {
  return Math.round(((ms - fromMs) / (toMs - fromMs)) * width);
}

function yOf({ height, range: [low, high] }: Drawing, ns: number): number {
  return Math.round(height * (1 - (Math.log2(ns) - low) / (high - low)));
}

/** A line at each power of ten, and its label. */
function drawScale(drawing: Drawing): void {
  const { ctx, width, height } = drawing;
  ctx.font = '10px system-ui, sans-serif';
  ctx.textBaseline = 'middle';
  let lastY = Infinity;
  for (let ns = 1000; ns <= 1e12; ns *= 10) {
    const y = yOf(drawing, ns);
    if (y < 5 || y > height - 5) continue;
    ctx.fillStyle = colour('grid');
    ctx.fillRect(0, y, width, 1);
    if (lastY - y < 12) continue;
    lastY = y;
    ctx.fillStyle = colour('muted');
    ctx.fillText(formatNs(ns), width + 4, y);
  }
}

/** Hatched where nobody watched, or nothing could be sent. */
function drawUnknown(drawing: Drawing, columns: readonly OverviewColumn[]): void {
  const { ctx, height, stretch } = drawing;
  ctx.save();
  ctx.beginPath();
  let untilMs = stretch.fromMs;
  const unknown = (toMs: number): void => {
    const left = xOf(drawing, untilMs);
    ctx.rect(left, 0, Math.max(0, xOf(drawing, toMs) - left), height);
  };
  for (const [startMs, sent] of columns) {
    if (sent === 0) continue;
    if (startMs > untilMs) unknown(startMs);
    untilMs = Math.max(untilMs, startMs + stretch.widthMs);
  }
  // The latest stretch is not over yet.
  if (untilMs + 2 * stretch.widthMs < stretch.toMs) unknown(stretch.toMs);
  ctx.clip();
  hatch(drawing);
  ctx.restore();
}

function hatch({ ctx, width, height }: Drawing): void {
  ctx.strokeStyle = colour('edge');
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let x = -height; x < width; x += 6) {
    ctx.moveTo(x, height);
    ctx.lineTo(x + height, 0);
  }
  ctx.stroke();
}

function drawEchoes(drawing: Drawing, columns: readonly OverviewColumn[]): void {
  const { ctx, stretch } = drawing;
  const fine = columns.map(([, , , , , , rows]) =>
    rows.map((value, at) => (at % 2 === 0 ? value * OVERVIEW_ROWS : value)),
  );
  const cells = cellsOf(fine, [0, columns.length], OVERVIEW_ROWS);
  const logs = cells.map(logDensityOf);
  const brightest = brightestOf(logs);
  const ramp = brightnessRamp();
  for (const [at, { column, lowRow, rows }] of cells.entries()) {
    const [startMs] = columns[column]!;
    const left = xOf(drawing, startMs);
    const right = xOf(drawing, startMs + stretch.widthMs);
    const [bottom, top] = [lowRow, lowRow + rows].map((row) => yOf(drawing, rowLowNs(row)));
    ctx.fillStyle = colourAt(ramp, strengthOf(logs[at]!, brightest));
    ctx.fillRect(left, top!, Math.max(1, right - left), Math.max(2, bottom! - top!));
  }
}

function drawStrip(
  drawing: Drawing,
  columns: readonly OverviewColumn[],
  kind: (typeof STRIPS)[number],
  top: number,
): void {
  const { ctx, stretch } = drawing;
  ctx.fillStyle = colour(`cause-${kind}`);
  for (const column of columns) {
    const share = shareOf(column, kind);
    if (share === 0) continue;
    const [startMs] = column;
    const left = xOf(drawing, startMs);
    ctx.globalAlpha = 0.45 + 0.55 * Math.min(1, share);
    ctx.fillRect(left, top, Math.max(1, xOf(drawing, startMs + stretch.widthMs) - left), STRIP_PX);
  }
  ctx.globalAlpha = 1;
}

function shareOf(
  [, sent, lost, late, , dropped]: OverviewColumn,
  kind: (typeof STRIPS)[number],
): number {
  if (kind === 'thisHost') return (dropped ?? 0) > 0 ? 1 : 0;
  return (kind === 'path' ? lost : late) / Math.max(1, sent);
}
