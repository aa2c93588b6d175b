import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LOSS_RUN_LENGTHS, LossRuns } from '../../../src/stats/loss-runs.ts';
import { holds } from '../../helpers/property.ts';

/** @param series  one digit for each probe: 1 for lost, as RFC 3357 writes it */
function runsOf(series: string): LossRuns {
  const runs = new LossRuns();
  for (const digit of series) runs.push(digit === '1' ? undefined : 1000);
  return runs;
}

test('without a probe, or without a loss, there are no runs and no mean length', () => {
  for (const series of ['', '0', '00000']) {
    assert.deepEqual(runsOf(series).summary(), {
      count: 0,
      longest: 0,
      meanLength: null,
      atEnd: 0,
    });
  }
});

test('the series of RFC 3357 has four loss periods, of 1, 1, 1 and 2', () => {
  const runs = runsOf('0100101011');
  assert.deepEqual(runs.summary(), { count: 4, longest: 2, meanLength: 1.25, atEnd: 2 });
  assert.deepEqual(runs.runsByLength().slice(0, 3), [3, 1, 0]);
});

test('a run counts from its first loss, with its length so far', () => {
  const runs = runsOf('01');
  assert.deepEqual(runs.summary(), { count: 1, longest: 1, meanLength: 1, atEnd: 1 });
  runs.push(undefined);
  assert.deepEqual(runs.summary(), { count: 1, longest: 2, meanLength: 2, atEnd: 2 });
  assert.deepEqual(runs.runsByLength().slice(0, 3), [0, 1, 0]);
});

test('a blackout is one run', () => {
  assert.deepEqual(runsOf('11111').summary(), { count: 1, longest: 5, meanLength: 5, atEnd: 5 });
});

test('runs longer than are counted apart share the last count, and keep their length in the rest', () => {
  const runs = runsOf(`${'1'.repeat(LOSS_RUN_LENGTHS)}0${'1'.repeat(100)}0${'1'.repeat(63)}`);
  const lengths = runs.runsByLength();
  assert.equal(lengths.length, 64);
  assert.deepEqual(lengths.slice(62), [1, 2]);
  assert.deepEqual(runs.summary(), { count: 3, longest: 100, meanLength: 227 / 3, atEnd: 63 });
});

test('runs equal those read off the whole series', () => {
  const series = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 1, max: 80 })), {
      maxLength: 50,
      size: 'max',
    })
    .map((parts) => parts.map(([digit, times]) => String(digit).repeat(times)).join(''));
  holds(
    fc.property(series, (digits) => {
      const lengths = (digits.match(/1+/g) ?? []).map(({ length }) => length);
      const total = lengths.reduce((sum, length) => sum + length, 0);
      const runs = runsOf(digits);
      assert.deepEqual(runs.summary(), {
        count: lengths.length,
        longest: Math.max(0, ...lengths),
        meanLength: lengths.length === 0 ? null : total / lengths.length,
        atEnd: /1*$/.exec(digits)![0].length,
      });
      assert.deepEqual(
        runs.runsByLength(),
        Array.from(
          { length: 64 },
          (_, at) => lengths.filter((length) => Math.min(length, 64) === at + 1).length,
        ),
      );
    }),
    300,
  );
});
