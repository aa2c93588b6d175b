import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Reordering } from '../../../src/stats/reordering.ts';
import { holds } from '../../helpers/property.ts';

/** Those that are reordered, and how many were counted. */
function reorderedOf(arrivals: readonly number[]): {
  readonly reordered: readonly number[];
  readonly counted: number;
} {
  const reordering = new Reordering();
  const reordered = arrivals.filter((sequence) => reordering.push(sequence));
  return { reordered, counted: reordering.reordered };
}

/** RFC 4737's definition word for word, with every arrival kept. */
function slowlyReordered(arrivals: readonly number[]): number[] {
  return arrivals.filter((sequence, at) =>
    arrivals.slice(0, at).some((earlier) => earlier > sequence),
  );
}

test('without a reply, and in order, none is reordered', () => {
  for (const arrivals of [[], [1], [7], [1, 2], [1, 5, 9]]) {
    assert.deepEqual(reorderedOf(arrivals), { reordered: [], counted: 0 });
  }
});

// Examples of RFC 4737, and its definition applied by hand to others.
const WORKED: readonly [arrivals: readonly number[], reordered: readonly number[]][] = [
  [
    [1, 4, 2, 3],
    [2, 3],
  ],
  [[1, 2, 3, 5, 6, 7, 8, 4, 9, 10], [4]],
  [
    [1, 2, 3, 4, 7, 5, 6, 8, 9, 10],
    [5, 6],
  ],
  [
    [1, 2, 3, 7, 8, 9, 10, 4, 5, 6, 11],
    [4, 5, 6],
  ],
  [
    [1, 2, 3, 6, 7, 4, 5, 8, 9, 10, 12, 13, 11, 14, 15, 16],
    [4, 5, 11],
  ],
  [
    [1, 2, 3, 7, 8, 9, 4, 5, 6],
    [4, 5, 6],
  ],
  // 2, 3, 4 and 6 to 9 are lost: gaps are no reordering.
  [[1, 10, 5], [5]],
  // 1 1 3 2 2 without its duplicates.
  [[1, 3, 2], [2]],
  // One from far ahead makes the ones it overtook reordered, and nothing worse.
  [
    [1, 1_000_000, 2, 3, 4],
    [2, 3, 4],
  ],
];

for (const [arrivals, reordered] of WORKED) {
  test(`of ${arrivals.join(' ')} these are reordered: ${reordered.join(', ')}`, () => {
    assert.deepEqual(reorderedOf(arrivals), { reordered, counted: reordered.length });
  });
}

test('of thirty-six replies with three late ones three are reordered', () => {
  // RFC 4737 §4.6: three runs of eleven in order, each followed by one reordered reply.
  const arrivals = [1, 2, 3].flatMap((run) => {
    const last = run * 12;
    const first = last - 11;
    const inOrder = Array.from({ length: 12 }, (_, at) => first + at);
    return [...inOrder.filter((sequence) => sequence !== last - 1), last - 1];
  });
  assert.equal(arrivals.length, 36);
  assert.equal(reorderedOf(arrivals).counted, 3);
});

test('numbers beyond 32 bits keep their order', () => {
  for (const wrap of [2 ** 16, 2 ** 32, 2 ** 52]) {
    const arrivals = [wrap - 2, wrap - 1, wrap, wrap + 2, wrap + 1];
    assert.deepEqual(reorderedOf(arrivals).reordered, [wrap + 1]);
  }
});

test('reordering equals the definition applied to the whole list', () => {
  const sequences = fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 40 }), {
    maxLength: 200,
    size: 'max',
  });
  // Near to order and far from it: each number is displaced by up to so many places.
  const arrivals = fc
    .tuple(sequences, fc.constantFrom(0, 1, 3, 20, 200), fc.infiniteStream(fc.nat(1000)))
    .map(([numbers, most, stream]) => {
      const placed = [...numbers]
        .sort((a, b) => a - b)
        .map((sequence, at) => ({ sequence, at: at + (stream.next().value! / 1000) * most }));
      return placed.sort((a, b) => a.at - b.at).map(({ sequence }) => sequence);
    });
  holds(
    fc.property(arrivals, (list) => {
      const expected = slowlyReordered(list);
      assert.deepEqual(reorderedOf(list), { reordered: expected, counted: expected.length });
    }),
    300,
  );
});
