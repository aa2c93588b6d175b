import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Ipdv } from '../../../src/stats/ipdv.ts';
import { holds } from '../../helpers/property.ts';
import { anyDurationNs, assertSummary, NO_SAMPLE } from '../../helpers/slow-statistics.ts';

const MS = 1e6;
/** A probe without a reply in time. */
const U = undefined;

function ipdvOf(rttsNs: readonly (number | undefined)[]): {
  readonly ipdv: Ipdv;
  readonly each: readonly (number | undefined)[];
} {
  const ipdv = new Ipdv();
  return { ipdv, each: rttsNs.map((rttNs) => ipdv.push(rttNs)) };
}

// Delays after the comparisons in RFC 5481, their variation by hand from RFC 3393's definition.
const WORKED: readonly [
  title: string,
  delaysMs: readonly (number | undefined)[],
  ipdvMs: readonly (number | undefined)[],
][] = [
  ['falls and rises', [20, 10, 20, 25, 20], [U, -10, 10, 5, -5]],
  ['is undefined with every other probe lost', [3, U, 5, U, 4, U, 3, U, 4, U], Array(10).fill(U)],
  [
    'leaves out a burst of losses and the probe after it',
    [3, 4, U, U, U, U, U, 5, 4, 3],
    [U, 1, U, U, U, U, U, U, -1, -1],
  ],
  ['shows a change of route once', [4, 4, 4, 4, 9, 9, 9, 9, 9], [U, 0, 0, 0, 5, 0, 0, 0, 0]],
  [
    'does not reach across losses at a change of route',
    [3, 4, 3, 3, U, U, 8, 9, 8],
    [U, 1, -1, 0, U, U, U, 1, -1],
  ],
];

for (const [title, delaysMs, ipdvMs] of WORKED) {
  test(`delay variation between neighbours ${title}`, () => {
    const { ipdv, each } = ipdvOf(delaysMs.map((ms) => (ms === undefined ? U : ms * MS)));
    const expected = ipdvMs.map((ms) => (ms === undefined ? U : ms * MS));
    assert.deepEqual(each, expected);
    assertSummary(
      ipdv.summary(),
      expected.filter((ns) => ns !== undefined),
    );
  });
}

test('no probe, one, or only losses have no delay variation', () => {
  for (const delays of [[], [5], [U], [U, U, U], [5, U], [U, 5]]) {
    assert.deepEqual(ipdvOf(delays).ipdv.summary(), NO_SAMPLE);
  }
});

test('two probes have one difference, and no deviation', () => {
  const { min, max, p50, mean, stddev } = ipdvOf([7, 5]).ipdv.summary();
  assert.deepEqual([min, max, p50, mean, stddev], [-2, -2, -2, -2, null]);
});

test('streams are compared with themselves alone', () => {
  // Two paths of 3 and 8 ms in turn, the second of which loses one: differences of 1 and −1, none of 5.
  const ipdv = new Ipdv(2);
  const each = [3, 8, 4, 8, 3, U, 3, 8].map((rttNs, at) => ipdv.push(rttNs, at % 2));
  assert.deepEqual(each, [U, U, 1, 0, -1, U, 0, U]);
  assertSummary(ipdv.summary(), [1, 0, -1, 0]);
});

test('delay variation equals the differences of neighbours taken from the whole list', () => {
  const delays = fc.array(fc.option(anyDurationNs(), { nil: undefined, freq: 5 }), {
    maxLength: 300,
    size: 'max',
  });
  holds(
    fc.property(delays, (rttsNs) => {
      const { ipdv, each } = ipdvOf(rttsNs);
      const expected = rttsNs.map((rttNs, at) => rttNs! - (at === 0 ? NaN : rttsNs[at - 1]!));
      assert.deepEqual(
        each,
        expected.map((ns) => (Number.isNaN(ns) ? undefined : ns)),
      );
      assertSummary(
        ipdv.summary(),
        expected.filter((ns) => !Number.isNaN(ns)),
      );
    }),
    300,
  );
});
