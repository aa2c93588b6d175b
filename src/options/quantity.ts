// SPDX-License-Identifier: MIT
// The kinds of option for quantities with a unit: durations and ratios.

import { shownAsItIs, wrongText, type Kind } from './kind.ts';

const DURATION = /^(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h)?$/;

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const DAY_MS = 24 * 3_600_000;

const NS_PER_MS = 1e6;

/** setTimeout holds a 32-bit number of milliseconds: 24 whole days. */
const LONGEST_MS = 24 * DAY_MS;

const SHORTEST_MS = 0.001;

/**
 * Up to this many seconds an interval or a timeout needs no unit: `-i 0.2` and `-W 2` are read as by ping(8) of
 * iputils. `-W 1000` may be meant for the ping of BSD or macOS, which reads milliseconds.
 */
export const BARE_SECONDS = 60;

/** What a message suggests, as far as it is in range. */
const EXAMPLES = ['500ms', '1s', '2m', '1h'];

/** The range of a duration, and how its text is read. */
interface DurationRule {
  readonly minMs?: number;
  readonly maxMs?: number;
  /**
   * A number without a unit means seconds, as in ping(8), up to this limit: larger ones may be meant as milliseconds.
   */
  readonly bareSeconds?: number;
}

/** A number of milliseconds; a flag takes it with a unit. A result shows nanoseconds. */
export function duration({
  minMs = SHORTEST_MS,
  maxMs = LONGEST_MS,
  bareSeconds = 0,
}: DurationRule = {}): Kind<number> {
  const unitRule = bareSeconds > 0 ? 'in seconds or with a unit' : 'with a unit';
  const rule = `a duration from ${writeDuration(minMs)} to ${inWords(maxMs)}, ${unitRule}`;
  const isInRange = (ms: number): boolean => ms >= minMs && ms <= maxMs;
  const examples = EXAMPLES.filter((example) => isInRange(millisecondsOf(example))).slice(0, 3);
  return {
    rule: `a number from ${minMs} to ${maxMs}`,
    accepts: (value): value is number => typeof value === 'number' && isInRange(value),
    text: {
      read(name, text) {
        const [, amount, unit] = DURATION.exec(text) ?? [];
        const isClear = unit !== undefined || Number(amount) <= bareSeconds;
        const value = millisecondsOf(unit === undefined ? `${text}s` : text);
        if (isClear && isInRange(value)) return value;
        const readings = unit === undefined ? [`${amount}s`, `${amount}ms`] : [];
        const possible = readings.filter((reading) => isInRange(millisecondsOf(reading)));
        const remedy = oneOf(possible.length > 0 ? possible : examples);
        throw wrongText(name, rule, text, `write ${remedy}`);
      },
      write: writeDuration,
    },
    shown: {
      schema: { type: 'number', minimum: minMs * NS_PER_MS, maximum: maxMs * NS_PER_MS },
      of: (ms) => (ms === undefined ? null : ms * NS_PER_MS),
      from: (ns) => ns / NS_PER_MS,
    },
  };
}

/** `a, b or c`. */
function oneOf(values: readonly string[]): string {
  return [values.slice(0, -1).join(', '), ...values.slice(-1)].filter(Boolean).join(' or ');
}

/** NaN if it is not a duration with a unit. */
function millisecondsOf(text: string): number {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  return Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
}

/** `20ms`: in the largest unit in which it is a whole number. */
function writeDuration(ms: number): string {
  const ns = ms * NS_PER_MS;
  const exact = [
    [1e9, 's'],
    [1e6, 'ms'],
  ] as const;
  const [size, unit] = exact.find(([size]) => ns % size === 0) ?? [1e3, 'us'];
  return `${decimal(ns / size)}${unit}`;
}

function inWords(ms: number): string {
  if (ms === DAY_MS) return '1 day';
  return ms % DAY_MS === 0 ? `${ms / DAY_MS} days` : `${ms / 1000} seconds`;
}

const PERCENTAGE = /^(\d+(?:\.\d+)?|\.\d+)(%)?$/;

/** The range of a ratio. */
interface RatioRange {
  readonly min?: number;
  readonly max?: number;
}

/** A share of a whole, from 0 to 1 or in a narrower range; a flag takes it in percent. */
export function ratio({ min = 0, max = 1 }: RatioRange = {}): Kind<number> {
  const isInRange = (ratio: number): boolean => ratio >= min && ratio <= max;
  return {
    rule: `a number from ${min} to ${max}`,
    accepts: (value): value is number => typeof value === 'number' && isInRange(value),
    text: {
      read(name, text) {
        const [, digits = '', sign] = PERCENTAGE.exec(text) ?? [];
        // Not divided: 0.7 / 100 is a different double from 0.007.
        const ratio = digits === '' ? Number.NaN : Number(`${digits}e-2`);
        if (sign !== undefined && isInRange(ratio)) return ratio;
        throw wrongText(
          name,
          `a percentage from ${writePercentage(min)} to ${writePercentage(max)}`,
          text,
          ratioRemedy(digits, sign !== undefined),
        );
      },
      write: writePercentage,
    },
    shown: shownAsItIs({ type: 'number', minimum: min, maximum: max }),
  };
}

export const RATIO = ratio();

function writePercentage(ratio: number): string {
  return `${decimal(ratio * 100)}%`;
}

/** The remedy for a number without the sign: up to 1 it may be a percentage or a ratio. */
function ratioRemedy(digits: string, isPercentage: boolean): string {
  const number = Number(digits);
  if (digits === '' || isPercentage || number > 100) return 'write 1% or 0.5%';
  if (number === 0 || number > 1) return `write ${digits}%`;
  return `write ${digits}% or, for the ratio ${digits}, ${decimal(Number(`${digits}e2`))}%`;
}

/** Without exponent, and without the noise of doubles beyond 12 digits. */
function decimal(value: number): string {
  return value.toFixed(12).replace(/\.?0+$/, '');
}
