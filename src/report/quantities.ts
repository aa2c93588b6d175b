// SPDX-License-Identifier: MIT
// Numbers as people read them: three digits that count, and a unit.

const NS_UNITS = [
  ['s', 1e9],
  ['ms', 1e6],
  ['µs', 1e3],
  ['ns', 1],
] as const;

/** `12.3 ms`; a dash where there is no value. */
export function formatNs(ns: number | null): string {
  if (ns === null) return '-';
  // Rounded first: 999,600 ns are 1 ms, and no 1000 µs.
  const [unit, size] = NS_UNITS.find(([, size]) => Math.abs(round(ns / size)) >= 1) ?? ['ns', 1];
  return `${round(ns / size)} ${unit}`;
}

/** `0.3 %`; a dash where there is no value. Nothing that happened is rounded to never or always. */
export function formatRatio(ratio: number | null): string {
  if (ratio === null) return '-';
  if (ratio > 0 && ratio < 1e-5) return 'below 0.001 %';
  if (ratio < 1 && round(ratio * 100) === 100) return 'above 99.9 %';
  return `${round(ratio * 100)} %`;
}

/** `1 probe`, `2 probes`. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** To three digits; whole numbers keep all of theirs. */
function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
