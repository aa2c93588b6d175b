import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nearestRank } from '../../../src/stats/nearest-rank.ts';
import { holds } from '../../helpers/property.ts';
import { slowRank } from '../../helpers/slow-statistics.ts';

test('a percentile is the smallest rank that covers its share of the samples', () => {
  // ceil(percent × count / 100), by hand.
  const worked: readonly [percent: number, count: number, rank: number][] = [
    [50, 1, 1],
    [50, 2, 1],
    [51, 2, 2],
    [50, 5, 3],
    [90, 10, 9],
    [91, 10, 10],
    [25, 6, 2],
    [99.9, 999, 999],
    [99.9, 1000, 999],
    [99.9, 1001, 1000],
  ];
  for (const [percent, count, rank] of worked) {
    assert.equal(nearestRank(percent, count), rank, `P${percent} of ${count}`);
  }
});

test('P0 is the first rank and P100 the last', () => {
  for (const count of [1, 2, 5, 10 ** 10]) {
    assert.equal(nearestRank(0, count), 1);
    assert.equal(nearestRank(100, count), count);
  }
});

test('a share that is a whole number of samples is not rounded past it, up to 2^33 samples', () => {
  holds(
    fc.property(
      fc.integer({ min: 0, max: 100_000 }),
      fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 2 ** 33 })),
      (thousandths, count) => {
        assert.equal(nearestRank(thousandths / 1000, count), slowRank(thousandths, count));
      },
    ),
    10_000,
  );
});
