// SPDX-License-Identifier: MIT
// A live picture as lines of a terminal. The vertical axis is round-trip time on a logarithmic scale, the horizontal
// axis is time with the present at the right, and brightness shows how many replies a cell has. Below are the losses.

import { DROP_WORDS } from '../client/host/drop-words.ts';
import { stripVTControlCharacters } from 'node:util';
import type { SessionStart } from '../client/session/session-result.ts';
import { escapeText } from '../printable.ts';
import { ECHOGRAM_ROWS, rowLowNs } from '../stats/echogram.ts';
import { HERE, LATE, LOST, paint, RAMP, SHADES } from './cells.ts';
import { KEPT_COLUMNS, type LiveColumn, type LivePicture } from './live-picture.ts';
import { countOf, formatCount, formatNs, formatRatio, nounFor } from '../quantities.ts';

export interface PictureSize {
  readonly columns: number;
  /** Lines of the picture itself; three more are drawn below it, and the summary. */
  readonly lines: number;
  /** True if the terminal has 256 colours; otherwise the picture is drawn in shades of one. */
  readonly hasColour: boolean;
  /** True if it shows UTF-8. Otherwise half blocks are not used, because ASCII has nothing similar. */
  readonly hasUtf8: boolean;
  /**
   * True if the verdict on the whole run follows below: then that on the latest stretch, which may differ, is omitted.
   */
  readonly hasVerdict?: boolean;
}

/** `1234 ms ┤`: the width of the labels at the left. */
const LABEL_COLUMNS = 10;

/** Minimum gap between title and hint, which would otherwise appear and disappear with the digits of the time. */
const TITLE_SPARE = 6;

/** Narrower terminals get no picture. */
export const NARROWEST_COLUMNS = 40;

/** Narrower terminals get no summary: its numbers don't fit. */
export const NARROWEST_SUMMARY = 12;

/** What a summary needs to know. */
type SummarySize = Pick<PictureSize, 'columns' | 'hasColour' | 'hasVerdict'>;

/** Minimum ratio of the scale's top to its bottom, so that noise does not look significant. */
const SMALLEST_SPAN = 2;

/** Lines of the picture, without line ends, followed by the summary. */
export function drawPicture(picture: LivePicture, nowNs: number, size: PictureSize): string[] {
  const width = Math.min(KEPT_COLUMNS, size.columns - LABEL_COLUMNS);
  const newest = picture.columnOf(nowNs);
  const known = Math.min(width, newest - picture.firstColumn + 1);
  const indices = Array.from({ length: width }, (_, at) => indexAt(at, width, known));
  const columns = Array.from({ length: known }, (_, at) => picture.column(newest - known + 1 + at));
  const shown = indices.map((index) => columns[index]);
  // Once per column, however wide it is drawn: a mark is not a length of time.
  const marked = indices.map((index, at) =>
    index === indices[at - 1] ? undefined : columns[index],
  );
  return [
    ...rttLines(shown, size),
    markLine('lost', marked, (column) => lossMark(column, size)),
    markLine('skipped', marked, ({ skipped }) => (skipped > 0 ? paint(HERE, size) : ' ')),
    timeAxis(nowNs - (newest - known + 1) * picture.columnNs, width),
    ...drawSummary(picture, size),
  ];
}

/** The known column at that position: if there are few, they are drawn wider, so that they fill the width. */
function indexAt(at: number, width: number, known: number): number {
  return Math.floor((at * known) / width);
}

function markLine(
  label: string,
  columns: readonly (LiveColumn | undefined)[],
  markOf: (column: LiveColumn) => string,
): string {
  const marks = columns.map((column) => (column === undefined ? ' ' : markOf(column)));
  return `${`${label} │`.padStart(LABEL_COLUMNS)}${marks.join('')}`.trimEnd();
}

/** The line above the picture: the target, the time since the start, and at the right a hint, as far as they fit. */
export function drawTitle(
  { host, address, port }: SessionStart['target'],
  { nowNs, sinceNs }: { readonly nowNs: number; readonly sinceNs: number },
  hint: string,
  columns: number,
): string {
  const anew = sinceNs === 0 ? '' : `, view reset ${formatNs(nowNs - sinceNs)} ago`;
  const title = (name: string): string => `${' '.repeat(LABEL_COLUMNS)}${name} port ${port}`;
  const short = title(escapeText(host));
  const named = host === address ? short : title(`${escapeText(host)} (${escapeText(address)})`);
  const candidates = [`${named}, ${formatNs(nowNs)}${anew}`, named, short];
  const fitting = candidates.find((candidate) => candidate.length <= columns) ?? short.trimStart();
  const room = Math.min(columns, LABEL_COLUMNS + KEPT_COLUMNS) - hint.length;
  return fitting.length + TITLE_SPARE <= room
    ? `${fitting.padEnd(room)}${hint}`.trimEnd()
    : fitting;
}

/** A note below, in the style of the summary. */
export function drawNote(label: string, text: string, columns: number): string[] {
  return wrapped(`${label}  `, text.split(' '), ' ', columns);
}

/** Percentiles and counts, in as many lines of that width as they need. */
export function drawSummary(picture: LivePicture, size: SummarySize): string[] {
  return [
    ...(size.hasVerdict === true ? [] : headlineOf(picture, size)),
    ...wrapped('rtt  ', rttWords(picture), '  ', size.columns),
    ...wrapped('', countWords(picture, size), ' ', size.columns),
  ];
}

/** The current problem; empty if there is none. */
function headlineOf(picture: LivePicture, { columns }: Pick<PictureSize, 'columns'>): string[] {
  const { code, sentences } = picture.verdict();
  const isSilent = code === 'NOTHING_SENT' && picture.counts.sendFailed === 0;
  if (code === 'WORKS' || isSilent) return [];
  return wrapped('', sentences[0]!.split(' '), ' ', columns);
}

/** Wraps between parts if they don't fit side by side, and between words if a part doesn't fit. */
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

/** The range of the visible replies; `undefined` if there are none. */
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

/** Replies of a column by bin of the picture, the lowest first. */
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

/** The label of a line: the first, the last and one in between have the time at their middle. */
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

/** On a logarithmic scale, so that a single reply is visible beside a thousand. */
function levelOf(count: number, most: number, levels: number): number {
  const part = Math.log1p(count) / Math.log1p(most);
  return Math.min(levels - 1, Math.floor(part * levels));
}

/** The mark of the most serious event in a column. */
function lossMark(column: LiveColumn, size: PictureSize): string {
  if (column.lost > 0) return paint(LOST, size);
  if (column.here > 0) return paint(HERE, size);
  if (column.late > 0) return paint(LATE, size);
  return ' ';
}

function timeAxis(shownNs: number, width: number): string {
  const left = ` ${formatNs(shownNs)} ago `;
  const right = ' now';
  const line = '─'.repeat(width - left.length - right.length);
  return `${'└'.padStart(LABEL_COLUMNS)}${left}${line}${right}`;
}

function rttWords(picture: LivePicture): string[] {
  const { p50, p90, p99, max } = picture.rtt();
  const times = { p50, p90, p99, max };
  return Object.entries(times).map(([name, ns]) => `${name} ${formatNs(ns)}`);
}

/** Counts, each with its mark in the picture, if any. */
function countWords({ counts }: LivePicture, size: Pick<PictureSize, 'hasColour'>): string[] {
  const { received, lost, late } = counts;
  const settled = received + lost + late;
  const ratioOf = (count: number): string => formatRatio(settled === 0 ? null : count / settled);
  const happened = [
    [late, `late ${paint(LATE, size)} (${ratioOf(late)})`],
    [counts.sendFailed, `not sent ${paint(HERE, size)}`],
    [counts.skipped, `skipped ${paint(HERE, size)}`],
    [counts.hostDropped, `${DROP_WORDS.bufferOrChecksum} ${paint(HERE, size)}`],
    [counts.icmpErrors, nounFor(counts.icmpErrors, 'ICMP error')],
    [counts.duplicate, 'duplicate'],
    [counts.reordered, 'reordered'],
    [counts.corrupted, 'altered'],
    [counts.unaltered, 'unaltered'],
    [counts.stray, 'stray'],
    [counts.omitted, 'not shown'],
  ] as const;
  const parts = [
    countOf(received, 'reply', 'replies'),
    `${formatCount(lost)} lost${lost === 0 ? '' : ` ${paint(LOST, size)}`} (${ratioOf(lost)})`,
    ...happened
      .filter(([count]) => count > 0)
      .map(([count, what]) => `${formatCount(count)} ${what}`),
  ];
  return parts.map((part, at) => (at < parts.length - 1 ? `${part},` : part));
}
