import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OneWayDelay } from '../../../src/stats/one-way-delay.ts';
import { holds } from '../../helpers/property.ts';
import { assertSummary, NO_SAMPLE } from '../../helpers/slow-statistics.ts';

const MS = 1e6;

function fed(delaysNs: readonly (number | undefined)[]): OneWayDelay {
  const delay = new OneWayDelay();
  for (const delayNs of delaysNs) delay.push(delayNs);
  return delay;
}

test('without a sample everything is null', () => {
  for (const delay of [fed([]), fed([undefined, undefined])]) {
    const summary = { delayNs: NO_SAMPLE, ipdvNs: NO_SAMPLE, pdvNs: NO_SAMPLE };
    assert.deepEqual(delay.summary(0), summary);
    assert.equal(delay.minNs, null);
  }
});

test('delay has the clocks in it, variation has not', () => {
  // 20, 10, lost, 25 and 20 ms, less 3 s. RFC 3393: one pair of neighbours, and then another.
  const delay = fed([20, 10, undefined, 25, 20].map((ms) => ms && (ms - 3000) * MS));
  const { delayNs, ipdvNs, pdvNs } = delay.summary(0);
  assert.deepEqual(
    [delayNs!.min, delayNs!.p50, delayNs!.max],
    [-2990 * MS, -2980 * MS, -2975 * MS],
  );
  assert.deepEqual([ipdvNs.min, ipdvNs.max], [-10 * MS, -5 * MS]);
  assert.deepEqual([pdvNs.min, pdvNs.p50, pdvNs.max], [0, 10 * MS, 15 * MS]);
  assert.equal(delay.minNs, -2990 * MS);
});

test('what every delay lacks is added to delay alone', () => {
  const year = 365 * 86_400e9;
  const { delayNs, pdvNs } = fed([5, 7]).summary(-year);
  assert.deepEqual([delayNs!.min, delayNs!.max, pdvNs.max], [5 - year, 7 - year, 2]);
});

test('a clock with a zero of its own has no delay, but its variation', () => {
  const { delayNs, pdvNs } = fed([5, 7]).summary(undefined);
  assert.deepEqual([delayNs, pdvNs.max], [null, 2]);
});

test('delay is as fine as its variation, however far the clocks are apart', () => {
  const anyDelay = fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: undefined, freq: 5 });
  holds(
    fc.property(
      fc.array(anyDelay, { maxLength: 300, size: 'max' }),
      fc.integer({ min: -1e15, max: 1e15 }),
      (delays, apartNs) => {
        const delaysNs = delays.map((ns) => (ns === undefined ? ns : ns + apartNs));
        const samples = delaysNs.filter((ns) => ns !== undefined);
        const { delayNs, pdvNs } = fed(delaysNs).summary(0);
        // Up to 1024 samples are exact.
        assertSummary(delayNs!, samples, assert.equal);
        if (samples.length === 0) return;
        const minNs = Math.min(...samples);
        assertSummary(
          pdvNs,
          samples.map((ns) => ns - minNs),
          assert.equal,
        );
      },
    ),
    300,
  );
});
