// SPDX-License-Identifier: MIT
// The kinds of option that are a quantity with a unit: durations and ratios.

import { shownAsItIs, wrongText, type Kind } from './kind.ts';

const DURATION = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)$/;

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

/** A number of milliseconds; a flag has it with its unit. A result shows nanoseconds. */
export function duration(minMs = SHORTEST_MS, maxMs = LONGEST_MS): Kind<number> {
  const rule = `a duration from ${writeDuration(minMs)} to ${inWords(maxMs)}, with its unit`;
  return {
    rule: `a number from ${minMs} to ${maxMs}`,
    accepts: (value): value is number =>
      typeof value === 'number' && value >= minMs && value <= maxMs,
    text: {
      read(name, text) {
        const [, amount, unit] = DURATION.exec(text) ?? [];
        const value = Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
        if (value >= minMs && value <= maxMs) return value;
        throw wrongText(name, rule, text, 'write 500ms, 1s or 2m');
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

/** `20ms`: in the largest unit of which it is a whole number. */
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
  return ms % DAY_MS === 0 ? `${ms / DAY_MS} days` : `${ms / 1000} seconds`;
}

const PERCENTAGE = /^(\d+(?:\.\d+)?)%$/;

/** A part of a whole, from 0 to 1; a flag has it in percent. */
export const RATIO: Kind<number> = {
  rule: 'a number from 0 to 1',
  accepts: (value): value is number => typeof value === 'number' && value >= 0 && value <= 1,
  text: {
    read(name, text) {
      const [, digits = ''] = PERCENTAGE.exec(text) ?? [];
      // Not divided: 0.7 / 100 is another double than 0.007.
      const ratio = digits === '' ? Number.NaN : Number(`${digits}e-2`);
      if (ratio >= 0 && ratio <= 1) return ratio;
      throw wrongText(name, 'a percentage from 0% to 100%', text, 'write 1% or 0.5%');
    },
    write: (ratio) => `${decimal(ratio * 100)}%`,
  },
  shown: shownAsItIs({ type: 'number', minimum: 0, maximum: 1 }),
};

/** Without exponent, and without the noise of doubles beyond 12 digits. */
function decimal(value: number): string {
  return value.toFixed(12).replace(/\.?0+$/, '');
}
