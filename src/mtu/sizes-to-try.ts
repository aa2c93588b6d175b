// SPDX-License-Identifier: MIT
// The sizes between two that a round tries: those that paths often have, or those that divide the gap evenly.

/** The MTUs of links and tunnels that exist, the largest first; RFC 1191 section 7.1 has the old ones. */
const COMMON_MTUS = [
  ...[32_000, 17_914, 9216, 9000, 8900, 4352, 2002],
  ...[1500, 1492, 1480, 1460, 1450, 1440, 1420, 1400, 1380, 1280, 1006, 576, 296],
];

/** A gap this small is divided evenly. */
const SMALL_GAP = 16;

/** Sizes per round. */
const PARTS = 8;

/** The largest first; none if the gap is so small that all of it can be tried. */
export function commonMtus(lo: number, hi: number): readonly number[] {
  return hi - lo <= SMALL_GAP ? [] : COMMON_MTUS.filter((size) => size > lo && size < hi);
}

/** The largest first. */
export function dividing(lo: number, hi: number): readonly number[] {
  const parts = Math.min(PARTS, hi - lo - 1);
  const sizes = Array.from({ length: parts }, (_, part) =>
    Math.round(hi - ((part + 1) * (hi - lo)) / (parts + 1)),
  );
  return [...new Set(sizes)].filter((size) => size > lo && size < hi);
}
