import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Reordering } from '../../../src/stats/reordering.ts';
import { holds } from '../../helpers/property.ts';

const REMEMBERED = 4096;

function reorderingOf(arrivals: readonly number[]): {
  readonly reordering: Reordering;
  /** [sequence, extent] of each reordered reply. */
  readonly reordered: readonly (readonly [number, number])[];
} {
  const reordering = new Reordering(REMEMBERED);
  const extents = arrivals.map((sequence) => [sequence, reordering.push(sequence)] as const);
  return { reordering, reordered: extents.filter(([, extent]) => extent > 0) };
}

/** RFC 4737's definition word for word, with every arrival kept. */
function slowExtents(arrivals: readonly number[]): number[] {
  return arrivals.map((sequence, at) => {
    const earliest = arrivals.findIndex((earlier, index) => index < at && earlier > sequence);
    return earliest === -1 ? 0 : at - earliest;
  });
}

test('without a reply the ratio is undefined, and without a reordered one the extent', () => {
  assert.deepEqual(reorderingOf([]).reordering.summary(), {
    reordered: 0,
    ratio: null,
    maxExtent: null,
    isMaxExtentLeast: false,
  });
  for (const arrivals of [[1], [7], [1, 2], [1, 5, 9]]) {
    assert.deepEqual(reorderingOf(arrivals).reordering.summary(), {
      reordered: 0,
      ratio: 0,
      maxExtent: null,
      isMaxExtentLeast: false,
    });
  }
});

// Examples of RFC 4737, and its definitions applied by hand to others.
const WORKED: readonly [
  arrivals: readonly number[],
  ratio: number,
  reordered: readonly (readonly [sequence: number, extent: number])[],
][] = [
  [
    [1, 4, 2, 3],
    2 / 4,
    [
      [2, 1],
      [3, 2],
    ],
  ],
  [[1, 2, 3, 5, 6, 7, 8, 4, 9, 10], 0.1, [[4, 4]]],
  [
    [1, 2, 3, 4, 7, 5, 6, 8, 9, 10],
    0.2,
    [
      [5, 1],
      [6, 2],
    ],
  ],
  [
    [1, 2, 3, 7, 8, 9, 10, 4, 5, 6, 11],
    3 / 11,
    [
      [4, 4],
      [5, 5],
      [6, 6],
    ],
  ],
  [
    [1, 2, 3, 6, 7, 4, 5, 8, 9, 10, 12, 13, 11, 14, 15, 16],
    3 / 16,
    [
      [4, 2],
      [5, 3],
      [11, 2],
    ],
  ],
  [
    [1, 2, 3, 7, 8, 9, 4, 5, 6],
    3 / 9,
    [
      [4, 3],
      [5, 4],
      [6, 5],
    ],
  ],
  // 2, 3, 4 and 6 to 9 are lost: gaps are no reordering.
  [[1, 10, 5], 1 / 3, [[5, 1]]],
  // 1 1 3 2 2 without its duplicates.
  [[1, 3, 2], 1 / 3, [[2, 1]]],
];

for (const [arrivals, ratio, expected] of WORKED) {
  test(`of ${arrivals.join(' ')} these are reordered: ${expected.map(([sequence]) => sequence).join(', ')}`, () => {
    const { reordering, reordered } = reorderingOf(arrivals);
    assert.deepEqual(reordered, expected);
    assert.deepEqual(reordering.summary(), {
      reordered: expected.length,
      ratio,
      maxExtent: Math.max(...expected.map(([, extent]) => extent)),
      isMaxExtentLeast: false,
    });
  });
}

test('thirty-six replies with three late ones are reordered by 3/36', () => {
  // RFC 4737 §4.6: three runs of eleven in order, each followed by one reordered reply.
  const arrivals = [1, 2, 3].flatMap((run) => {
    const last = run * 12;
    const first = last - 11;
    const inOrder = Array.from({ length: 12 }, (_, at) => first + at);
    return [...inOrder.filter((sequence) => sequence !== last - 1), last - 1];
  });
  assert.equal(arrivals.length, 36);
  assert.equal(reorderingOf(arrivals).reordering.summary().ratio, 3 / 36);
});

test('numbers beyond 32 bits keep their order', () => {
  for (const wrap of [2 ** 16, 2 ** 32, 2 ** 52]) {
    const arrivals = [wrap - 2, wrap - 1, wrap, wrap + 2, wrap + 1];
    assert.deepEqual(reorderingOf(arrivals).reordered, [[wrap + 1, 1]]);
  }
});

test('a reply from far ahead makes the ones it overtook reordered, and nothing worse', () => {
  const { reordering, reordered } = reorderingOf([1, 1_000_000, 2, 3, 4]);
  assert.deepEqual(reordered, [
    [2, 1],
    [3, 2],
    [4, 3],
  ]);
  assert.equal(reordering.summary().reordered, 3);
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
      const reordering = new Reordering(REMEMBERED);
      const extents = list.map((sequence) => reordering.push(sequence));
      const expected = slowExtents(list);
      assert.deepEqual(extents, expected);
      const reordered = expected.filter((extent) => extent > 0);
      assert.deepEqual(reordering.summary(), {
        reordered: reordered.length,
        ratio: list.length === 0 ? null : reordered.length / list.length,
        maxExtent: reordered.length === 0 ? null : Math.max(...reordered),
        isMaxExtentLeast: false,
      });
    }),
    300,
  );
});

test('a reply that comes behind all that is remembered is counted, and its extent said to be a least one', () => {
  const inOrder = Array.from({ length: 10_000 }, (_, at) => at + 10);
  const { reordering, reordered } = reorderingOf([...inOrder, 5]);
  // 4096 arrivals are remembered, and the reply is the one after them.
  assert.deepEqual(reordered, [[5, 4096]]);
  assert.equal(reordering.summary().isMaxExtentLeast, true);
});

test('a reply that comes behind the oldest arrival ever has its full extent', () => {
  const inOrder = Array.from({ length: 4096 }, (_, at) => at + 10);
  const { reordering, reordered } = reorderingOf([...inOrder, 5]);
  assert.deepEqual(reordered, [[5, 4096]]);
  assert.equal(reordering.summary().isMaxExtentLeast, false);
});

test('after long order a reply that is a little late has its exact extent', () => {
  const inOrder = Array.from({ length: 10_000 }, (_, at) => 2 * at);
  const { reordering, reordered } = reorderingOf([...inOrder, 19_985]);
  // 19,986 to 19,998 are the last seven of them.
  assert.deepEqual(reordered, [[19_985, 7]]);
  assert.equal(reordering.summary().isMaxExtentLeast, false);
});
