// SPDX-License-Identifier: MIT
// A live picture as lines of a terminal: round-trip time up on a logarithmic scale, time across to now
// at the right, brightness for how many replies came back there, and beneath what did not.

import { DROP_WORDS } from '../client/host/drop-words.ts';
import { stripVTControlCharacters } from 'node:util';
import { ECHOGRAM_ROWS, rowLowNs } from '../stats/echogram.ts';
import { KEPT_COLUMNS, type LiveColumn, type LivePicture } from './live-picture.ts';
import { countOf, formatNs, formatRatio } from '../quantities.ts';

export interface PictureSize {
  readonly columns: number;
  /** Lines of the picture itself; two more are drawn beneath, and the summary. */
  readonly lines: number;
  /** Whether the terminal has 256 colours; else the picture is drawn in shades of one. */
  readonly hasColour: boolean;
  /** Whether it shows UTF-8. Else half blocks, for which ASCII has no likeness, are not used. */
  readonly hasUtf8: boolean;
}

/** `1234 ms ┤`: what stands at the left of the picture. */
const LABEL_COLUMNS = 10;

/** Below this there is no picture. */
export const NARROWEST_COLUMNS = 40;

/** Below this a summary can't be read: its numbers don't fit. */
export const NARROWEST_SUMMARY = 12;

/** What a summary needs to know. */
type SummarySize = Pick<PictureSize, 'columns' | 'hasColour'>;

/** From few to many: from blue to yellow, told apart also by brightness alone (xterm's colours). */
const RAMP = [25, 31, 37, 42, 148, 220];

const SHADES = ['░', '▒', '▓', '█'];

/** Colours after Okabe and Ito, which the colour-blind can tell apart, and a mark each. */
const LOST = { mark: '×', colour: 202 };
const LATE = { mark: '~', colour: 214 };
const HERE = { mark: '!', colour: 75 };

/** At least this much from the bottom of the scale to its top, so that noise does not look like weather. */
const SMALLEST_SPAN = 2;

/** Lines of the picture, without line ends, with the summary beneath. */
export function drawPicture(picture: LivePicture, nowNs: number, size: PictureSize): string[] {
  const width = Math.min(KEPT_COLUMNS, size.columns - LABEL_COLUMNS);
  const newest = picture.columnOf(nowNs);
  const shown = Array.from({ length: width }, (_, at) => picture.column(newest - width + 1 + at));
  return [
    ...rttLines(shown, size),
    `${'lost │'.padStart(LABEL_COLUMNS)}${shown.map((column) => lossMark(column, size)).join('')}`.trimEnd(),
    timeAxis(picture, width, newest),
    ...drawSummary(picture, size),
  ];
}

/** Percentiles and counts, in as many lines as they need of that width. */
export function drawSummary(picture: LivePicture, size: SummarySize): string[] {
  return [
    ...headlineOf(picture, size),
    ...wrapped('rtt  ', rttWords(picture), '  ', size.columns),
    ...wrapped('', countWords(picture, size), ' ', size.columns),
  ];
}

/** What is wrong right now; nothing where nothing is. */
function headlineOf(picture: LivePicture, { columns }: Pick<PictureSize, 'columns'>): string[] {
  const { code, sentences } = picture.verdict();
  const isSilent = code === 'NOTHING_SENT' && picture.counts.sendFailed === 0;
  if (code === 'WORKS' || isSilent) return [];
  return wrapped('', sentences[0]!.split(' '), ' ', columns);
}

/** Puts parts below one another where they don't fit beside, and their words where a part doesn't fit. */
function wrapped(label: string, parts: readonly string[], gap: string, columns: number): string[] {
  const indent = columns < NARROWEST_COLUMNS ? 0 : LABEL_COLUMNS;
  const room = columns - Math.max(indent, label.length);
  const fitting = parts.flatMap((part) => (lengthOf(part) <= room ? [part] : part.split(' ')));
  const lines = [`${label.padStart(indent)}${fitting[0] ?? ''}`];
  for (const part of fitting.slice(1)) {
    const longer = `${lines.at(-1)!}${gap}${part}`;
    if (lengthOf(longer) <= columns) lines[lines.length - 1] = longer;
    else lines.push(`${' '.repeat(indent)}${part}`);
  }
  return lines;
}

function lengthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

function rttLines(shown: readonly (LiveColumn | undefined)[], size: PictureSize): string[] {
  const isHalved = size.hasColour && size.hasUtf8;
  const bins = size.lines * (isHalved ? 2 : 1);
  const scale = scaleOf(shown);
  const counts = shown.map((column) => binsOf(column, scale, bins));
  const most = Math.max(1, ...counts.map((column) => Math.max(...column)));
  return Array.from({ length: size.lines }, (_, line) => {
    const label = scale === undefined ? '' : labelOf(line, size.lines, scale);
    const cells = counts.map((column) =>
      isHalved
        ? halves(column[bins - 1 - 2 * line]!, column[bins - 2 - 2 * line]!, most)
        : shade(column[bins - 1 - line]!, most),
    );
    const bar = label === '' ? '│' : '┤';
    const reset = isHalved ? '\x1b[0m' : '';
    return `${label.padStart(LABEL_COLUMNS - 2)} ${bar}${cells.join('')}`.trimEnd() + reset;
  });
}

interface Scale {
  readonly lowNs: number;
  readonly highNs: number;
}

/** What the replies that are shown span; `undefined` where there are none. */
function scaleOf(shown: readonly (LiveColumn | undefined)[]): Scale | undefined {
  let lowest = Infinity;
  let highest = -Infinity;
  for (const column of shown) {
    if (column === undefined) continue;
    const first = column.rtt.findIndex((count) => count > 0);
    if (first < 0) continue;
    lowest = Math.min(lowest, first);
    highest = Math.max(
      highest,
      column.rtt.findLastIndex((count) => count > 0),
    );
  }
  if (highest < 0) return undefined;
  const lowNs = rowLowNs(lowest);
  const highNs = rowLowNs(highest + 1);
  const lacking = Math.max(1, Math.sqrt(SMALLEST_SPAN / (highNs / lowNs)));
  return { lowNs: lowNs / lacking, highNs: highNs * lacking };
}

/** Replies of a column by the bins of the picture, the lowest first. */
function binsOf(
  column: LiveColumn | undefined,
  scale: Scale | undefined,
  bins: number,
): Float64Array {
  const counts = new Float64Array(bins);
  if (column === undefined || scale === undefined) return counts;
  const binsPerLog = bins / Math.log(scale.highNs / scale.lowNs);
  for (let row = 0; row < ECHOGRAM_ROWS; row++) {
    const count = column.rtt[row]!;
    if (count === 0) continue;
    const middleNs = (rowLowNs(row) + rowLowNs(row + 1)) / 2;
    const bin = Math.floor(Math.log(middleNs / scale.lowNs) * binsPerLog);
    counts[Math.min(bins - 1, Math.max(0, bin))]! += count;
  }
  return counts;
}

/** The time at the middle of the first line, of the last, and of one between. */
function labelOf(line: number, lines: number, { lowNs, highNs }: Scale): string {
  const middle = Math.floor(lines / 2);
  if (line !== 0 && line !== lines - 1 && (line !== middle || lines < 5)) return '';
  const part = (lines - line - 0.5) / lines;
  return formatNs(lowNs * (highNs / lowNs) ** part);
}

/** Two counts in one cell, one above the other. */
function halves(upper: number, lower: number, most: number): string {
  if (upper === 0 && lower === 0) return '\x1b[0m ';
  if (lower === 0) return `\x1b[0;38;5;${rampOf(upper, most)}m▀`;
  if (upper === 0) return `\x1b[0;38;5;${rampOf(lower, most)}m▄`;
  return `\x1b[38;5;${rampOf(upper, most)};48;5;${rampOf(lower, most)}m▀`;
}

function rampOf(count: number, most: number): number {
  return RAMP[levelOf(count, most, RAMP.length)]!;
}

function shade(count: number, most: number): string {
  return count === 0 ? ' ' : SHADES[levelOf(count, most, SHADES.length)]!;
}

/** On a logarithmic scale: where a thousand came back, one that did elsewhere is seen as well. */
function levelOf(count: number, most: number, levels: number): number {
  const part = Math.log1p(count) / Math.log1p(most);
  return Math.min(levels - 1, Math.floor(part * levels));
}

/** The gravest that happened in a column. */
function lossMark(column: LiveColumn | undefined, size: PictureSize): string {
  if (column === undefined) return ' ';
  if (column.lost > 0) return paint(LOST, size);
  if (column.here > 0) return paint(HERE, size);
  if (column.late > 0) return paint(LATE, size);
  return ' ';
}

function paint(
  { mark, colour }: typeof LOST,
  { hasColour }: Pick<PictureSize, 'hasColour'>,
): string {
  return hasColour ? `\x1b[38;5;${colour}m${mark}\x1b[0m` : mark;
}

function timeAxis({ columnNs }: LivePicture, width: number, newest: number): string {
  const shownColumns = Math.min(width, newest + 1);
  const left = ` ${formatNs(shownColumns * columnNs)} ago `;
  const right = ' now';
  const before = '─'.repeat(width - shownColumns);
  const line = '─'.repeat(Math.max(0, shownColumns - left.length - right.length));
  const axis =
    shownColumns < left.length + right.length ? '─'.repeat(width - 4) : `${before}${left}${line}`;
  return `${'└'.padStart(LABEL_COLUMNS)}${axis}${right}`;
}

function rttWords(picture: LivePicture): string[] {
  const { p50, p90, p99, max } = picture.rtt();
  const times = { p50, p90, p99, max };
  return Object.entries(times).map(([name, ns]) => `${name} ${formatNs(ns)}`);
}

/** Counts, each with its mark in the picture where it has one. */
function countWords({ counts }: LivePicture, size: Pick<PictureSize, 'hasColour'>): string[] {
  const { received, lost, late } = counts;
  const settled = received + lost + late;
  const ratioOf = (count: number): string => formatRatio(settled === 0 ? null : count / settled);
  const happened = [
    [late, `${paint(LATE, size)} late (${ratioOf(late)})`],
    [counts.sendFailed, `${paint(HERE, size)} not sent`],
    [counts.skipped, `${paint(HERE, size)} skipped`],
    [counts.hostDropped, `${paint(HERE, size)} ${DROP_WORDS.bufferOrChecksum}`],
    [counts.icmpErrors, 'ICMP errors'],
    [counts.duplicate, 'duplicate'],
    [counts.reordered, 'reordered'],
    [counts.corrupted, 'altered'],
    [counts.unaltered, 'unaltered'],
    [counts.stray, 'stray'],
    [counts.omitted, 'not shown'],
  ] as const;
  const parts = [
    countOf(received, 'reply', 'replies'),
    `${lost} ${paint(LOST, size)} lost (${ratioOf(lost)})`,
    ...happened.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
  ];
  return parts.map((part, at) => (at < parts.length - 1 ? `${part},` : part));
}
