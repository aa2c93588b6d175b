// SPDX-License-Identifier: MIT
// Formats numbers for people: three significant digits, and a unit.

/** As many digits as a person takes in. */
const DIGITS = 3;

/** Enough digits to distinguish a value from a limit just below it. */
const EXACT_DIGITS = 9;

const NS_UNITS = [
  ['s', 1e9],
  ['ms', 1e6],
  ['µs', 1e3],
  ['ns', 1],
] as const;

/** `12.3 ms`; a dash if there is no value. */
export function formatNs(ns: number | null): string {
  return ns === null ? '-' : withUnit(ns, DIGITS);
}

/** `20.04 ms`, with every significant digit, for comparison with a limit. */
export function formatExactNs(ns: number): string {
  return withUnit(ns, EXACT_DIGITS);
}

function withUnit(ns: number, digits: number): string {
  const rounded = (size: number): number => round(ns / size, digits);
  // Rounded first: 999,600 ns are 1 ms, not 1000 µs.
  const [unit, size] = NS_UNITS.find(([, size]) => Math.abs(rounded(size)) >= 1) ?? ['ns', 1];
  return `${formatCount(rounded(size))} ${unit}`;
}

const BIT_UNITS = [
  ['Gbit/s', 1e9],
  ['Mbit/s', 1e6],
  ['kbit/s', 1e3],
] as const;

/** `868 kbit/s`. */
export function formatBps(bps: number): string {
  const [unit, size] = BIT_UNITS.find(([, size]) => round(bps / size, DIGITS) >= 1) ?? ['bit/s', 1];
  return `${formatCount(round(bps / size, DIGITS))} ${unit}`;
}

const BYTE_UNITS = [
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
] as const;

/** `1.44 MiB`. */
export function formatBytes(bytes: number): string {
  const [unit, size] = BYTE_UNITS.find(([, size]) => round(bytes / size, DIGITS) >= 1) ?? [
    nounFor(bytes, 'byte'),
    1,
  ];
  return `${formatCount(round(bytes / size, DIGITS))} ${unit}`;
}

/** `0.3 %`; a dash if there is no value. Nothing that happened is rounded to never or always. */
export function formatRatio(ratio: number | null): string {
  if (ratio === null) return '-';
  if (ratio > 0 && ratio < 1e-5) return 'below 0.001 %';
  if (ratio < 1 && round(ratio * 100, DIGITS) === 100) return 'above 99.9 %';
  return `${round(ratio * 100, DIGITS)} %`;
}

/** `1.004 %`, with every significant digit, for comparison with a limit. */
export function formatExactRatio(ratio: number): string {
  return `${round(ratio * 100, EXACT_DIGITS)} %`;
}

/** `1 probe`, `2,000 probes`. */
export function countOf(count: number, singular: string, plural?: string): string {
  return `${formatCount(count)} ${nounFor(count, singular, plural)}`;
}

/** `probe` for one, `probes` for any other number. */
export function nounFor(count: number, singular: string, plural = `${singular}s`): string {
  return count === 1 ? singular : plural;
}

/**
 * `1,234,567`, in every locale, because the surrounding text is English. Only for people: ports, sequence numbers and
 * output for programs have no separators.
 */
export function formatCount(count: number): string {
  const [whole = '', ...decimals] = String(count).split('.');
  return [whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ','), ...decimals].join('.');
}

/** Rounds to that many digits; whole numbers keep all of theirs. */
function round(value: number, digits: number): number {
  const isWhole = Math.abs(value) >= 10 ** (digits - 1);
  return isWhole ? Math.round(value) : Number(value.toPrecision(digits));
}
