import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exceedsRatio, exceedsRatioBy } from '../../../../src/client/verdict/ratios.ts';
import { RATIO } from '../../../../src/options/quantity.ts';

// By hand: as whole thousandths of a percent. In doubles 7 / 1000 > 0.7 / 100.
for (const [count, total, limit, isAbove] of [
  [7, 1000, '0.7%', false],
  [8, 1000, '0.7%', true],
  [3, 1000, '0.3%', false],
  [29, 100, '29%', false],
  [57, 1000, '5.7%', false],
  [1, 3, '33.33%', true],
  [1, 3, '33.34%', false],
  [0, 10, '0%', false],
  [1, 1_000_000_000, '0.0000001%', false],
  [2, 1_000_000_000, '0.0000001%', true],
  [10, 10, '100%', false],
  [2 ** 53 - 1, 2 ** 53 - 1, '99.9999999999999%', true],
] as const) {
  test(`${count} of ${total} is ${isAbove ? 'more than' : 'within'} ${limit}`, () => {
    assert.equal(exceedsRatio(count, total, RATIO.text!.read('--max-loss', limit)), isAbove);
  });
}

test('every tenth of a percent of a thousand is within itself, and one more is not', () => {
  for (let count = 0; count <= 1000; count++) {
    const ratio = RATIO.text!.read('--max-loss', `${Math.floor(count / 10)}.${count % 10}%`);
    assert.ok(!exceedsRatio(count, 1000, ratio), String(count));
    assert.ok(exceedsRatio(count + 1, 1000, ratio), String(count + 1));
  }
});

test('a difference is held against its limit as exactly', () => {
  // 35 % less 30 % is 5 %; in doubles 0.35 - 0.3 is below 0.05, and 0.15 - 0.1 is not.
  assert.ok(!exceedsRatioBy([35, 100], [30, 100], 0.05));
  // In doubles 0.2 - 0.15 is above 0.05.
  assert.ok(!exceedsRatioBy([20, 100], [15, 100], 0.05));
  assert.ok(!exceedsRatioBy([15, 100], [20, 200], 0.05));
  assert.ok(exceedsRatioBy([150_001, 1_000_000], [20, 200], 0.05));
});
