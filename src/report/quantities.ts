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
  const [unit, size] = NS_UNITS.find(([, size]) => Math.abs(ns) >= size) ?? ['ns', 1];
  return `${threeDigits(ns / size)} ${unit}`;
}

/** `0.3 %`; a dash where there is no value. */
export function formatRatio(ratio: number | null): string {
  if (ratio === null) return '-';
  return `${threeDigits(ratio * 100)} %`;
}

/** `1 probe`, `2 probes`. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

function threeDigits(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 100 ? String(Math.round(rounded)) : String(rounded);
}
