// SPDX-License-Identifier: MIT
// The picture of response time against load, as lines of a terminal. Both axes are logarithmic: a bar for each trial
// reaches from the median of its response times to their 99th percentile. Below are the trials that failed.

import type { LoadTrial, TrialVerdict } from '../load/load-result.ts';
import { rateNear } from '../load/verdict/load-words.ts';
import { formatNs } from '../quantities.ts';
import { HERE, LATE, LOST, paint, type Mark } from './cells.ts';

export interface LoadPictureSize {
  readonly columns: number;
  /** Lines of the picture itself; three more are drawn below it. */
  readonly lines: number;
  /** True if the terminal has 256 colours. */
  readonly hasColour: boolean;
}

/** `1234 ms ┤`: the width of the labels at the left. */
const LABEL_COLUMNS = 10;

/** A wider picture would show nothing more. */
const MOST_COLUMNS = 100;

/** Least ratio of the ends of an axis, so that noise does not look significant. */
const SMALLEST_SPAN = 4;

const MEDIAN: Mark = { mark: '█', colour: 37 };
const TAIL: Mark = { mark: '▒', colour: 31 };
const FAILED_COLOUR = LOST.colour;

/** The mark of each verdict, below the picture. */
const MARK_OF: Readonly<Record<TrialVerdict, Mark | undefined>> = {
  'low-loss': undefined,
  'high-loss': LOST,
  cut: LOST,
  growth: LATE,
  invalid: HERE,
};

/** Which of several trials in one column is shown: the one that says the most. */
const WEIGHT: Readonly<Record<TrialVerdict, number>> = {
  invalid: 0,
  'low-loss': 1,
  growth: 2,
  'high-loss': 3,
  cut: 4,
};

/** The lines, without line ends. */
export function drawLoadPicture(
  trials: readonly LoadTrial[],
  { columns, lines, hasColour }: LoadPictureSize,
): string[] {
  const width = Math.min(MOST_COLUMNS, columns - LABEL_COLUMNS);
  const drawn = trials.filter(({ offeredPps }) => offeredPps > 0);
  const rates = spanOf(drawn.map(({ offeredPps }) => offeredPps));
  const times = spanOf(drawn.flatMap(timesOf));
  const shown = columnsOf(drawn, rates, width);
  const marks = shown.map((trial) => markOf(trial, hasColour));
  return [
    ...Array.from({ length: lines }, (_, line) => {
      const label = labelOf(line, lines, times);
      const bar = label === '' ? '│' : '┤';
      const cells = shown.map((trial) =>
        cellOf(trial, lines - 1 - line, { times, lines, hasColour }),
      );
      return `${label.padStart(LABEL_COLUMNS - 2)} ${bar}${cells.join('')}`.trimEnd();
    }),
    `${'failed │'.padStart(LABEL_COLUMNS)}${marks.join('')}`.trimEnd(),
    rateAxis(rates, width),
    drawLegend(hasColour),
  ];
}

/** The meaning of the signs. */
function drawLegend(hasColour: boolean): string {
  const sign = (mark: Mark): string => paint(mark, { hasColour });
  return `${' '.repeat(LABEL_COLUMNS)}response ${sign(MEDIAN)} p50 ${sign(TAIL)} p99  ${sign(LOST)} lost  ${sign(LATE)} queue grew  ${sign(HERE)} this host`;
}

/** The ends of a logarithmic axis. */
interface Span {
  readonly low: number;
  readonly high: number;
}

/** `undefined` without values. */
function spanOf(values: readonly number[]): Span | undefined {
  const known = values.filter((value) => value > 0);
  if (known.length === 0) return undefined;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const lacking = Math.max(1, Math.sqrt(SMALLEST_SPAN / (high / low)));
  return { low: low / lacking, high: high * lacking };
}

function timesOf({ responseNs: { p50, p99 } }: LoadTrial): number[] {
  return p50 === null || p99 === null ? [] : [p50, p99];
}

/** The place of a value on an axis of so many steps. */
function stepOf(value: number, { low, high }: Span, steps: number): number {
  const part = Math.log(value / low) / Math.log(high / low);
  return Math.min(steps - 1, Math.max(0, Math.floor(part * steps)));
}

function columnsOf(
  trials: readonly LoadTrial[],
  rates: Span | undefined,
  width: number,
): (LoadTrial | undefined)[] {
  const columns = Array.from<LoadTrial | undefined>({ length: width });
  if (rates === undefined) return columns;
  for (const trial of trials) {
    const at = stepOf(trial.offeredPps, rates, width);
    const other = columns[at];
    if (other === undefined || WEIGHT[trial.verdict] >= WEIGHT[other.verdict]) columns[at] = trial;
  }
  return columns;
}

function markOf(trial: LoadTrial | undefined, hasColour: boolean): string {
  const mark = trial === undefined ? undefined : MARK_OF[trial.verdict];
  return mark === undefined ? ' ' : paint(mark, { hasColour });
}

interface Frame {
  readonly times: Span | undefined;
  readonly lines: number;
  readonly hasColour: boolean;
}

/** @param row  from the bottom */
function cellOf(
  trial: LoadTrial | undefined,
  row: number,
  { times, lines, hasColour }: Frame,
): string {
  if (trial === undefined || times === undefined) return ' ';
  const { p50, p99 } = trial.responseNs;
  if (p50 === null || p99 === null) return ' ';
  const [median, tail] = [stepOf(p50, times, lines), stepOf(p99, times, lines)];
  if (row < median || row > tail) return ' ';
  const mark = row === median ? MEDIAN : TAIL;
  const isFailed = MARK_OF[trial.verdict] !== undefined;
  return paint(isFailed ? { ...mark, colour: FAILED_COLOUR } : mark, { hasColour });
}

/** The first line, the last and one in between have the time at their middle. */
function labelOf(line: number, lines: number, times: Span | undefined): string {
  if (times === undefined) return '';
  const middle = Math.floor(lines / 2);
  if (line !== 0 && line !== lines - 1 && (line !== middle || lines < 5)) return '';
  const part = (lines - line - 0.5) / lines;
  return formatNs(times.low * (times.high / times.low) ** part);
}

function rateAxis(rates: Span | undefined, width: number): string {
  const [left, right] =
    rates === undefined ? ['', ''] : [` ${rateNear(rates.low)}/s `, ` ${rateNear(rates.high)}/s`];
  const line = '─'.repeat(Math.max(0, width - left.length - right.length));
  return `${'└'.padStart(LABEL_COLUMNS)}${left}${line}${right}`;
}
