// SPDX-License-Identifier: MIT
// Numbers as people read them: three digits that count, and a unit.

/** What a person takes in. */
const DIGITS = 3;

/** What tells a value from a limit that it is just above. */
const EXACT_DIGITS = 9;

const NS_UNITS = [
  ['s', 1e9],
  ['ms', 1e6],
  ['µs', 1e3],
  ['ns', 1],
] as const;

/** `12.3 ms`; a dash where there is no value. */
export function formatNs(ns: number | null): string {
  return ns === null ? '-' : withUnit(ns, DIGITS);
}

/** `20.04 ms`, with every digit that counts, to stand beside a limit. */
export function formatExactNs(ns: number): string {
  return withUnit(ns, EXACT_DIGITS);
}

function withUnit(ns: number, digits: number): string {
  const rounded = (size: number): number => round(ns / size, digits);
  // Rounded first: 999,600 ns are 1 ms, and no 1000 µs.
  const [unit, size] = NS_UNITS.find(([, size]) => Math.abs(rounded(size)) >= 1) ?? ['ns', 1];
  return `${rounded(size)} ${unit}`;
}

/** `0.3 %`; a dash where there is no value. Nothing that happened is rounded to never or always. */
export function formatRatio(ratio: number | null): string {
  if (ratio === null) return '-';
  if (ratio > 0 && ratio < 1e-5) return 'below 0.001 %';
  if (ratio < 1 && round(ratio * 100, DIGITS) === 100) return 'above 99.9 %';
  return `${round(ratio * 100, DIGITS)} %`;
}

/** `1.004 %`, with every digit that counts, to stand beside a limit. */
export function formatExactRatio(ratio: number): string {
  return `${round(ratio * 100, EXACT_DIGITS)} %`;
}

/** `1 probe`, `2 probes`. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** To so many digits; whole numbers keep all of theirs. */
function round(value: number, digits: number): number {
  const isWhole = Math.abs(value) >= 10 ** (digits - 1);
  return isWhole ? Math.round(value) : Number(value.toPrecision(digits));
}
