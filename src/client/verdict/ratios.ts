// SPDX-License-Identifier: MIT
// Compares counts with a limit without dividing them: 7 / 1000 and 0.7 / 100 are different doubles.

/** Converts a decimal to a fraction, exactly as written: 0.007 is 7 / 1000. */
function fractionOf(decimal: number): readonly [numerator: bigint, denominator: bigint] {
  const [digits = '', exponent = '0'] = String(decimal).split('e');
  const [whole = '', decimals = ''] = digits.split('.');
  const power = Number(exponent) - decimals.length;
  const numerator = BigInt(whole + decimals);
  return power < 0 ? [numerator, 10n ** BigInt(-power)] : [numerator * 10n ** BigInt(power), 1n];
}

/**
 * True if `count` of `total` is more than the ratio.
 *
 * @param ratio  means the decimal that it prints as
 */
export function exceedsRatio(count: number, total: number, ratio: number): boolean {
  const [numerator, denominator] = fractionOf(ratio);
  return BigInt(count) * denominator > BigInt(total) * numerator;
}

/** True if `count` of `total` exceeds `otherCount` of `otherTotal` by more than the ratio. */
export function exceedsRatioBy(
  [count, total]: readonly [number, number],
  [otherCount, otherTotal]: readonly [number, number],
  ratio: number,
): boolean {
  const [numerator, denominator] = fractionOf(ratio);
  const [all, otherAll] = [BigInt(total), BigInt(otherTotal)];
  const difference = BigInt(count) * otherAll - BigInt(otherCount) * all;
  return difference * denominator > all * otherAll * numerator;
}
