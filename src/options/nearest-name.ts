// SPDX-License-Identifier: MIT
// Finds the known name that a misspelled one probably means.

/** With this many letters, the beginning of a name shows which one is meant. */
const TELLING_LETTERS = 3;

/**
 * The same but for capitals, or else one that begins the other (`loss` of `lossRatio`), or else one that is a
 * slip or two away.
 *
 * @returns `undefined` if none comes near
 */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const wanted = written.toLowerCase();
  const beginsOther = (name: string): boolean =>
    Math.min(name.length, wanted.length) >= TELLING_LETTERS &&
    (name.startsWith(wanted) || wanted.startsWith(name));
  return (
    names.find((name) => name.toLowerCase() === wanted) ??
    names.find((name) => beginsOther(name.toLowerCase())) ??
    closest(wanted, names)
  );
}

/** At most one typing error per three letters. */
function closest(wanted: string, names: readonly string[]): string | undefined {
  if (wanted.length > LONGEST_LETTERS) return undefined;
  const slips = names.map((name) => [slipsBetween(wanted, name.toLowerCase()), name] as const);
  const [least] = slips.toSorted(([one], [other]) => one - other);
  return least !== undefined && least[0] <= wanted.length / TELLING_LETTERS ? least[1] : undefined;
}

/** No name of ours is this long, and the time of the comparison grows with the length. */
const LONGEST_LETTERS = 64;

/** Number of letters to insert, delete, change, or swap with the next (the restricted Damerau distance). */
function slipsBetween(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let at = 1; at <= one.length; at++) {
    const next = [at];
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[at - 1] === other[column - 1];
      const isSwap = one[at - 1] === other[column - 2] && one[at - 2] === other[column - 1];
      const least = Math.min(
        row[column]! + 1,
        next[column - 1]! + 1,
        row[column - 1]! + Number(!isSame),
      );
      next.push(isSwap ? Math.min(least, before[column - 2]! + 1) : least);
    }
    [before, row] = [row, next];
  }
  return row[other.length]!;
}
