// SPDX-License-Identifier: MIT
// Wraps lines for a terminal between words; a terminal itself would break them anywhere.

/**
 * Splits the line into parts that fit; all but the first are indented. Spaces between words are kept, and a word longer
 * than the width is not split.
 *
 * @param columns  width of the terminal; `undefined` leaves the line unchanged
 */
export function wrapWords(line: string, columns: number | undefined, indent = ''): string[] {
  if (columns === undefined || line.length <= columns) return [line];
  const at = breakOf(line, columns, indent.length);
  if (at < 0) return [line];
  const rest = `${indent}${line.slice(at).trimStart()}`;
  return [line.slice(0, at).trimEnd(), ...wrapWords(rest, columns, indent)];
}

/** Where a line may break: not between a number and its unit. */
const BREAK = /(?<!\d) +| +(?!(?:[nµum]?s|%)(?![\p{L}\d]))/gu;

/**
 * The space at which a line breaks: the last one at which the part before it fits, or else the first one; -1 for none.
 */
function breakOf(line: string, columns: number, indented: number): number {
  const begin = Math.max(indented, line.search(/\S/));
  const places = [...line.matchAll(BREAK)].map(({ index }) => index).filter((at) => at > begin);
  return places.findLast((at) => at <= columns) ?? places[0] ?? -1;
}
