import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Duplicates } from '../../../src/stats/duplicates.ts';
import { holds } from '../../helpers/property.ts';

/** @param arrivals  sequence numbers in the order in which replies arrived */
function duplicatesOf(arrivals: readonly number[]): Duplicates {
  const duplicates = new Duplicates();
  const copies = new Map<number, number>();
  for (const sequence of arrivals) {
    const copy = (copies.get(sequence) ?? 0) + 1;
    copies.set(sequence, copy);
    // As whoever counts in two bits would.
    duplicates.push(Math.min(copy, 3));
  }
  return duplicates;
}

test('without a reply there is no duplication to speak of', () => {
  const { fraction, replicatedRatio } = duplicatesOf([]);
  assert.deepEqual([fraction, replicatedRatio], [null, null]);
});

// The examples of RFC 5560 §5.
const WORKED: readonly [arrivals: readonly number[], fraction: number, replicatedRatio: number][] =
  [
    [[1, 2, 3, 4], 0, 0],
    [[1, 1, 2, 2, 3, 3, 4, 4], 1, 1],
    [[1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], 2, 1],
    [[1, 1, 1, 2, 3, 3, 3, 4], 1, 0.5],
  ];

for (const [arrivals, fraction, replicatedRatio] of WORKED) {
  test(`replies ${arrivals.join(' ')} are duplicated by ${fraction}, and ${replicatedRatio} of them are`, () => {
    const duplicates = duplicatesOf(arrivals);
    assert.equal(duplicates.fraction, fraction);
    assert.equal(duplicates.replicatedRatio, replicatedRatio);
  });
}

test('the order of copies does not matter, and lost probes play no part', () => {
  const duplicates = duplicatesOf([5, 1, 5, 9, 1, 5]);
  assert.deepEqual([duplicates.distinct, duplicates.duplicates, duplicates.replicated], [3, 3, 2]);
});

test('duplication equals that of the whole list', () => {
  const sequences = fc.array(fc.integer({ min: 1, max: 60 }), {
    minLength: 1,
    maxLength: 200,
    size: 'max',
  });
  holds(
    fc.property(sequences, (arrivals) => {
      const distinct = [...new Set(arrivals)];
      const several = distinct.filter(
        (sequence) => arrivals.indexOf(sequence) !== arrivals.lastIndexOf(sequence),
      );
      const duplicates = duplicatesOf(arrivals);
      assert.equal(duplicates.fraction, (arrivals.length - distinct.length) / distinct.length);
      assert.equal(duplicates.replicatedRatio, several.length / distinct.length);
    }),
    300,
  );
});
