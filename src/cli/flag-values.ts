// SPDX-License-Identifier: MIT
// From the text of a flag's value to a checked number; a wrong one names the flag, the rule and the value.

import { createError } from '../errors.ts';

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

/** setTimeout holds a 32-bit number of milliseconds. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Parser of a whole number from `min` to `max`. */
export function wholeNumber(flag: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    const rule = `a whole number from ${min} to ${max}`;
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', { option: flag, rule, value: text });
  };
}

/** Parser of a duration with its unit, above zero, into milliseconds. */
export function durationMs(flag: string): (text: string) => number {
  return (text) => {
    const [, amount, unit] = DURATION.exec(text) ?? [];
    const value = Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
    if (value > 0 && value <= LONGEST_TIMEOUT_MS) return value;
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: flag,
      rule: 'a duration above zero and below 24 days, with its unit',
      value: text,
      remedy: 'write 500ms, 1s or 2m',
    });
  };
}

/** Parses pairs of hexadecimal digits, spaces between them allowed. */
export function hexBytes(text: string): Uint8Array {
  const digits = text.replace(/[\s:]/g, '');
  if (/^(?:[\da-f]{2})*$/i.test(digits)) return Uint8Array.from(Buffer.from(digits, 'hex'));
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'the message with --hex',
    rule: 'pairs of hexadecimal digits',
    value: text,
    remedy: 'write 48 65 6c 6c 6f or 48656c6c6f',
  });
}
