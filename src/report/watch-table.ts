// SPDX-License-Identifier: MIT
// All targets of a watch as lines of a terminal, the worst first: state in words, loss, delay, and the last minutes as a
// strip of cells, ten seconds each.

import { escapeText } from '../printable.ts';
import { countOf, formatCount, formatNs, formatRatio } from '../quantities.ts';
import { STATE_LABEL, type BoardCode } from '../watch/board/states.ts';
import { percentileOfRows, decodeRttRows } from '../watch/rtt-rows.ts';
import { sentOf } from '../watch/counts.ts';
import type { WatchColumn } from '../watch/column.ts';
import type { TargetStatus } from '../watch/watch-view.ts';
import { statesInWords } from './watch-text.ts';
import { HERE, LATE, LOST, paint, RAMP, SHADES, type Mark } from './cells.ts';

export interface TableSize {
  readonly columns: number;
  /** Maximum lines, including title and head. */
  readonly lines: number;
  readonly hasColour: boolean;
}

const NAME_COLUMNS = { fewest: 8, most: 24 };
const STATE_COLUMNS = Math.max(...Object.values(STATE_LABEL).map((label) => label.length));
const NUMBER_COLUMNS = 9;
/** A narrower strip shows too little. */
const STRIP_COLUMNS = { fewest: 8, most: 180 };

/** Spaces between title and hint. */
const TITLE_SPARE = 2;

/** In a narrower terminal there is no table. */
export const NARROWEST_TABLE = 20;

/** @param hint  shown at the right of the title, if there is room */
export function drawTable(
  statuses: readonly TargetStatus[],
  size: TableSize,
  hint: string,
): string[] {
  const names = namesOf(statuses);
  const parts = partsFor(size, Math.max(0, ...names.map((name) => name.length)));
  // Without title and head. If not all targets fit, the last line counts the others.
  const room = Math.max(0, size.lines - 2);
  const shown = statuses.length <= room ? statuses.length : Math.max(0, room - 1);
  const lines = statuses
    .slice(0, shown)
    .map((status, at) => rowOf(status, names[at]!, parts, size));
  const rest = statuses.slice(shown);
  return [
    titleOf(statuses, hint, size.columns),
    headOf(parts),
    ...lines,
    ...(rest.length === 0 ? [] : [restOf(rest)]),
  ].slice(0, size.lines);
}

/** The columns of a line's name and strip, and how many numbers it has; 0 means none. */
interface Parts {
  readonly name: number;
  readonly numbers: number;
  readonly strip: number;
}

function partsFor({ columns }: TableSize, longestName: number): Parts {
  const { fewest, most } = NAME_COLUMNS;
  const least = Math.max(1, Math.min(fewest, columns - STATE_COLUMNS - 1));
  const withoutName = columns - STATE_COLUMNS - 2;
  const numbers = [3, 1, 0].find((count) => withoutName - count * NUMBER_COLUMNS >= least + 1) ?? 0;
  const left = withoutName - numbers * NUMBER_COLUMNS;
  const name = Math.max(least, Math.min(longestName, most, left));
  const strip = Math.min(STRIP_COLUMNS.most, left - name - 2);
  return { name, numbers, strip: numbers < 3 || strip < STRIP_COLUMNS.fewest ? 0 : strip };
}

/** Targets that share a name are shown by their keys. */
function namesOf(statuses: readonly TargetStatus[]): string[] {
  const seen = new Map<string, number>();
  for (const { target } of statuses) seen.set(target.name, (seen.get(target.name) ?? 0) + 1);
  return statuses.map(({ target }) =>
    escapeText(seen.get(target.name) === 1 ? target.name : target.key),
  );
}

function titleOf(statuses: readonly TargetStatus[], hint: string, columns: number): string {
  const count = countOf(statuses.length, 'target');
  const title = statuses.length === 0 ? 'no targets' : `${count}: ${statesInWords(statuses)}`;
  const room = columns - hint.length;
  return title.length + TITLE_SPARE <= room ? `${title.padEnd(room)}${hint}`.trimEnd() : title;
}

function restOf(rest: readonly TargetStatus[]): string {
  const isAllWell = rest.every(({ state }) => state.code === 'WORKS');
  return `and ${formatCount(rest.length)} more, ${isAllWell ? 'all working' : statesInWords(rest)}`;
}

function headOf({ name, numbers, strip }: Parts): string {
  const heads = ['loss', 'p50', 'p99'].slice(0, numbers);
  const time = `last ${strip < 6 ? `${strip * 10} s` : `${Math.floor(strip / 6)} min`}`;
  return [
    'target'.slice(0, name).padEnd(name),
    ' ',
    'state'.padEnd(STATE_COLUMNS),
    ...heads.map((head) => head.padStart(NUMBER_COLUMNS)),
    ...(strip === 0 ? [] : ['  ', time.slice(0, strip)]),
  ]
    .join('')
    .trimEnd();
}

function rowOf(status: TargetStatus, name: string, parts: Parts, size: TableSize): string {
  const { window, state } = status;
  const numbers = [shortRatio(window.lossRatio), formatNs(window.p50Ns), formatNs(window.p99Ns)];
  const code = state.code as BoardCode;
  const mark = STATE_LABEL[code].padEnd(STATE_COLUMNS);
  const hasColour = size.hasColour && code !== 'WORKS';
  return [
    cut(name, parts.name).padEnd(parts.name),
    ' ',
    paint({ mark, colour: COLOUR_OF[code] ?? LOST.colour }, { hasColour }),
    ...numbers.slice(0, parts.numbers).map((text) => text.padStart(NUMBER_COLUMNS)),
    ...(parts.strip === 0 ? [] : ['  ', stripOf(status.recent, parts.strip, size)]),
  ]
    .join('')
    .trimEnd();
}

/** Other states have the colour of a loss. */
const COLOUR_OF: Partial<Readonly<Record<BoardCode, number>>> = {
  ALL_LATE: LATE.colour,
  PARTLY_WORKS: LATE.colour,
  WORKS_WITH_LOSSES: LATE.colour,
  STALE: HERE.colour,
  NOTHING_SENT: HERE.colour,
  NOT_ALL_SENT: HERE.colour,
  UNKNOWN_HERE: HERE.colour,
  UNRESOLVED: HERE.colour,
  STARTING: HERE.colour,
};

/** Short enough for the columns of numbers. */
function shortRatio(ratio: number | null): string {
  return formatRatio(ratio).replace('below ', '<').replace('above ', '>');
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
}

/** One cell for each column, the latest at the right: the median delay, or a mark. */
function stripOf(recent: readonly WatchColumn[], cells: number, size: TableSize): string {
  const shown = recent.slice(-cells);
  const medians = shown.map(({ rttRows }) =>
    percentileOfRows(decodeRttRows(rttRows) ?? new Map(), 50),
  );
  const fastest = Math.min(...medians.filter((median) => median !== null));
  const drawn = shown.map((column, at) => cellOf(column, medians[at]!, fastest, size));
  return ' '.repeat(cells - drawn.length) + drawn.join('');
}

function cellOf(
  { counts, hostDropped }: WatchColumn,
  median: number | null,
  fastest: number,
  size: TableSize,
): string {
  const mark = markOf(counts, hostDropped);
  if (mark !== undefined) return paint(mark, size);
  if (median === null) return ' ';
  const slowness = Math.log2(median / fastest) / SLOWEST_OCTAVES;
  const levels = size.hasColour ? RAMP.length : SHADES.length;
  const level = Math.min(levels - 1, Math.floor(slowness * levels));
  return size.hasColour ? paint({ mark: '█', colour: RAMP[level]! }, size) : SHADES[level]!;
}

/** A cell that is eight times as slow as the fastest one, or slower, is the brightest. */
const SLOWEST_OCTAVES = 3;

/** The most serious event; `undefined` if all replies arrived in time, or nothing was due. */
function markOf(counts: WatchColumn['counts'], hostDropped: number | null): Mark | undefined {
  const { lost, late, sendFailed, skipped } = counts;
  if (lost > 0 && (hostDropped ?? 0) * 2 >= lost) return HERE;
  if (lost > 0) return LOST;
  if (sendFailed > 0 || (skipped > 0 && sentOf(counts) === 0)) return HERE;
  return late > 0 ? LATE : undefined;
}
