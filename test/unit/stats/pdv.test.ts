import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Random } from '../../../src/random.ts';
import { Pdv } from '../../../src/stats/pdv.ts';
import { holds } from '../../helpers/property.ts';
import { anyDurationNs, assertSummary, NO_SAMPLE } from '../../helpers/slow-statistics.ts';

const MS = 1e6;
/** A probe without a reply in time. */
const U = undefined;

function pdvOf(rttsNs: readonly (number | undefined)[]): Pdv {
  const pdv = new Pdv();
  for (const rttNs of rttsNs) pdv.push(rttNs);
  return pdv;
}

/** PDV from all delays at once. */
function slowPdv(rttsNs: readonly (number | undefined)[]): number[] {
  const received = rttsNs.filter((rttNs) => rttNs !== undefined);
  const minNs = received.reduce((least, rttNs) => Math.min(least, rttNs), Infinity);
  return received.map((rttNs) => rttNs - minNs);
}

function assertExact(actual: number | null, truth: number): void {
  assert.equal(actual, truth);
}

// Delays after the comparisons in RFC 5481, their variation by hand from its definition, D − min(D).
const WORKED: readonly [
  title: string,
  delaysMs: readonly (number | undefined)[],
  pdvMs: readonly (number | undefined)[],
][] = [
  ['is never negative', [20, 10, 20, 25, 20], [10, 0, 10, 15, 10]],
  [
    'is there with every other probe lost',
    [3, U, 5, U, 4, U, 3, U, 4, U],
    [0, U, 2, U, 1, U, 0, U, 1, U],
  ],
  [
    'leaves out the lost probes of a burst and no others',
    [3, 4, U, U, U, U, U, 5, 4, 3],
    [0, 1, U, U, U, U, U, 2, 1, 0],
  ],
  ['keeps showing a change of route', [4, 4, 4, 4, 9, 9, 9, 9, 9], [0, 0, 0, 0, 5, 5, 5, 5, 5]],
  ['reaches across losses', [3, 4, 3, 3, U, U, 8, 9, 8], [0, 1, 0, 0, U, U, 5, 6, 5]],
];

for (const [title, delaysMs, pdvMs] of WORKED) {
  test(`delay variation from the minimum ${title}`, () => {
    const pdv = pdvOf(delaysMs.map((ms) => (ms === undefined ? U : ms * MS)));
    const expected = pdvMs.filter((ms) => ms !== undefined).map((ms) => ms * MS);
    assertSummary(pdv.summary(), expected, assertExact);
  });
}

test('no probe, or only losses, have no delay variation', () => {
  for (const delays of [[], [U], [U, U]]) assert.deepEqual(pdvOf(delays).summary(), NO_SAMPLE);
});

test('a single probe is its own minimum', () => {
  const { min, max, p50, mean, stddev } = pdvOf([5 * MS]).summary();
  assert.deepEqual([min, max, p50, mean, stddev], [0, 0, 0, 0, null]);
});

test('of two probes the slower one varies by their difference', () => {
  const { min, mean, p50, p90, max } = pdvOf([7, 5]).summary();
  assert.deepEqual([min, mean, p50, p90, max], [0, 1, 0, 2, 2]);
});

test('an interim value rises when a faster probe comes', () => {
  const pdv = pdvOf([20, 30]);
  assert.equal(pdv.summary().max, 10);
  pdv.push(5);
  assert.equal(pdv.summary().max, 25);
});

test('up to 1024 probes percentiles are exact', () => {
  const delays = fc.array(fc.option(anyDurationNs(), { nil: undefined, freq: 9 }), {
    maxLength: 1024,
    size: 'max',
  });
  holds(
    fc.property(delays, (rttsNs) => {
      assertSummary(pdvOf(rttsNs).summary(), slowPdv(rttsNs), assertExact);
    }),
    200,
  );
});

test('the 1024th probe is the last for which all percentiles are exact', () => {
  // Steps of 1001 ns: P50 is the 512th, 511 steps up, exactly; then the 513th, 512 steps up, in the
  // bucket of HdrHistogram (two digits) that holds 512,512 and ends with 514,047.
  const rttsNs = Array.from({ length: 1024 }, (_, at) => 10 * MS + at * 1001);
  const pdv = pdvOf(rttsNs);
  assert.equal(pdv.summary().p50, 511_511);
  pdv.push(10 * MS + 1024 * 1001);
  assert.equal(pdv.summary().p50, 514_047);
});

test('later they are within 1/128 of themselves, or of what the minimum has fallen by since', () => {
  const runs = fc.record({
    seed: fc.integer(),
    firstNs: fc.integer({ min: 0, max: 1e9 }),
    thenNs: fc.integer({ min: 0, max: 1e9 }),
    spreadNs: fc.constantFrom(10, 1e4, 1e6, 1e9),
    change: fc.integer({ min: 0, max: 3000 }),
  });
  holds(
    fc.property(runs, ({ seed, firstNs, thenNs, spreadNs, change }) => {
      const random = new Random(seed);
      const rttsNs = Array.from({ length: 3000 }, (_, at) =>
        Math.round((at < change ? firstNs : thenNs) + spreadNs * random.next() ** 4),
      );
      const fallenBy = Math.min(...rttsNs.slice(0, 1024)) - Math.min(...rttsNs);
      assertSummary(pdvOf(rttsNs).summary(), slowPdv(rttsNs), (actual, truth) => {
        const error = Math.abs(actual! - truth);
        assert.ok(error === 0 || error * 128 < Math.max(truth, fallenBy), `${error} ns off`);
      });
    }),
    200,
  );
});

test('microseconds of variation on a path of 100 ms are told apart', () => {
  // 3000 delays of 100 ms and 0 to 99 µs, each as often: P50 is the 1500th, which has 49 µs. A bucket
  // of a histogram of delays would be 524 µs wide there.
  const rttsNs = Array.from({ length: 3000 }, (_, at) => 100 * MS + ((at * 37) % 100) * 1000);
  const { p50, p99 } = pdvOf(rttsNs).summary();
  assert.ok(p50! >= 49_000 && p50! < 49_000 * (129 / 128), String(p50));
  assert.ok(p99! >= 98_000 && p99! < 98_000 * (129 / 128), String(p99));
});

test('a slow first probe does not blur the others', () => {
  const rttsNs = [900 * MS, ...Array.from({ length: 2000 }, (_, at) => 10 * MS + (at % 200))];
  const { p50, max } = pdvOf(rttsNs).summary();
  // 2001 delays: rank 1001 has the 101st of 200 steps, 100 ns, which a bucket of its own holds.
  assert.equal(p50, 100);
  assert.equal(max, 890 * MS);
});
