import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  mostProbes,
  Schedule,
  type SchedulePlan,
} from '../../../../src/client/session/schedule.ts';
import { holds } from '../../../helpers/property.ts';

const MS = 1e6;

const ENDLESS: SchedulePlan = {
  kind: 'periodic',
  intervalNs: 10 * MS,
  count: Infinity,
  durationNs: Infinity,
};

function schedule(plan: Partial<SchedulePlan> = {}, seed = 862): Schedule {
  return new Schedule({ ...ENDLESS, ...plan }, seed);
}

test('the first slot is at the start, the next ones an interval apart', () => {
  const slots = schedule();
  assert.deepEqual(
    [0, 10, 20].map((ms) => slots.take(ms * MS)),
    [0, 10 * MS, 20 * MS],
  );
  assert.equal(slots.nextNs, 30 * MS);
  assert.deepEqual([slots.intended, slots.skipped], [3, 0]);
});

test('a slot is not given before its time', () => {
  const slots = schedule();
  assert.equal(slots.take(0), 0);
  assert.equal(slots.take(10 * MS - 1), undefined);
  assert.equal(slots.take(10 * MS), 10 * MS);
});

test('a late take shifts no later slot', () => {
  const slots = schedule();
  slots.take(0);
  // 9 ms late, which is less than an interval.
  assert.equal(slots.take(19 * MS), 10 * MS);
  assert.equal(slots.take(20 * MS), 20 * MS);
});

test('no error adds up over ten million slots of a third of a millisecond', () => {
  const intervalNs = 1e9 / 3000;
  const slots = schedule({ intervalNs });
  for (let slot = 0; slot < 1e7; slot++) slots.take(slots.nextNs);
  // 10^7 slots at 3000 a second end 10^7 / 3000 s after the start. A double of that size, 3.3e12,
  // holds half a thousandth of a nanosecond.
  assert.ok(Math.abs(slots.nextNs - 1e16 / 3000) < 0.001, String(slots.nextNs));
  assert.deepEqual([slots.intended, slots.skipped], [1e7, 0]);
});

test('a slot more than an interval late is skipped and counted, and the last one due is sent', () => {
  const slots = schedule();
  slots.take(0);
  // Slots 10, 20 and 30 are 35, 25 and 15 ms late; slot 40 is 5 ms late.
  assert.equal(slots.take(45 * MS), 40 * MS);
  assert.deepEqual([slots.intended, slots.skipped], [5, 3]);
});

test('slots closer than a millisecond are made up for within a millisecond', () => {
  const slots = schedule({ intervalNs: MS / 10 });
  const taken: number[] = [];
  // At 1.55 ms, slots 0.0 to 0.5 are more than 1 ms late; ten remain: 0.6 to 1.5.
  for (let slot = slots.take(1.55 * MS); slot !== undefined; slot = slots.take(1.55 * MS)) {
    taken.push(Math.round(slot / (MS / 10)));
  }
  assert.deepEqual(taken, [6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  assert.equal(slots.skipped, 6);
});

test('as many slots are used as were asked for, whatever was skipped between', () => {
  const slots = schedule({ count: 3 });
  slots.take(0);
  // A stall of a second: slots 1 to 98 are too late, slot 99 is an interval late.
  assert.equal(slots.take(1000 * MS), 990 * MS);
  assert.equal(slots.take(1000 * MS), 1000 * MS);
  assert.deepEqual([slots.intended, slots.skipped, slots.isOver], [101, 98, true]);
  assert.equal(slots.take(2000 * MS), undefined);
  assert.deepEqual([slots.intended, slots.skipped], [101, 98]);
});

test('no slot comes at or after the end of the duration', () => {
  const slots = schedule({ durationNs: 30 * MS });
  assert.deepEqual(
    [0, 10, 20, 30].map((ms) => slots.take(ms * MS)),
    [0, 10 * MS, 20 * MS, undefined],
  );
  assert.deepEqual([slots.intended, slots.skipped, slots.isOver], [3, 0, true]);
});

test('slots that a stall carried past the end of the duration are skipped up to that end', () => {
  const slots = schedule({ durationNs: 50 * MS });
  slots.take(0);
  assert.equal(slots.take(1000 * MS), undefined);
  assert.deepEqual([slots.intended, slots.skipped, slots.isOver], [5, 4, true]);
});

for (const kind of ['periodic', 'poisson'] as const) {
  test(`whatever the delays, each ${kind} slot is either taken, and then due, or skipped`, () => {
    const delaysNs = fc.array(fc.integer({ min: 0, max: 100 * MS }), {
      maxLength: 60,
      size: 'max',
    });
    const intervals = fc.integer({ min: 1000, max: 30 * MS });
    holds(
      fc.property(intervals, delaysNs, fc.nat(), (intervalNs, delays, seed) => {
        const slots = schedule({ kind, intervalNs, count: 500 }, seed);
        let nowNs = 0;
        let taken = 0;
        let previousNs = -1;
        for (const delayNs of delays) {
          nowNs += delayNs;
          const slotNs = slots.take(nowNs);
          if (slotNs === undefined) continue;
          taken++;
          assert.ok(slotNs > previousNs && slotNs <= nowNs);
          assert.ok(nowNs - slotNs <= Math.max(intervalNs, MS));
          previousNs = slotNs;
        }
        assert.equal(slots.intended, taken + slots.skipped);
        assert.ok(taken <= 500);
      }),
      100,
    );
  });
}

test('Poisson gaps have the mean of the interval and the deviation of an exponential', () => {
  const slots = schedule({ kind: 'poisson', intervalNs: MS }, 1);
  const gapsNs: number[] = [];
  let previousNs = slots.take(0)!;
  for (let slot = 0; slot < 100_000; slot++) {
    const slotNs = slots.take(slots.nextNs)!;
    gapsNs.push(slotNs - previousNs);
    previousNs = slotNs;
  }
  const mean = gapsNs.reduce((sum, gap) => sum + gap, 0) / gapsNs.length;
  const variance = gapsNs.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / (gapsNs.length - 1);
  // Of n exponential gaps the mean strays by 1/√n of itself and the coefficient of variation, 1, by
  // 1/√n too (its fourth central moment is 9): 0.32 % for 100,000. Five times that is never seen.
  const bound = 5 / Math.sqrt(100_000);
  assert.ok(Math.abs(mean / MS - 1) < bound, `mean ${mean}`);
  assert.ok(Math.abs(Math.sqrt(variance) / mean - 1) < bound, `deviation ${Math.sqrt(variance)}`);
  // A share of 1 - 1/e is below the mean; a share strays by at most 0.5/√n.
  const below = gapsNs.filter((gap) => gap < MS).length / gapsNs.length;
  assert.ok(Math.abs(below - (1 - Math.exp(-1))) < bound, `below the mean ${below}`);
});

test('the same seed gives the same Poisson slots, another seed others', () => {
  const slotsOf = (seed: number): number[] => {
    const slots = schedule({ kind: 'poisson' }, seed);
    return Array.from({ length: 20 }, () => slots.take(slots.nextNs)!);
  };
  assert.deepEqual(slotsOf(7), slotsOf(7));
  assert.notDeepEqual(slotsOf(7), slotsOf(8));
});

test('as many probes are sent at most as there are slots, where their number is known', () => {
  const plan = { kind: 'periodic', intervalNs: 3e6, count: Infinity, durationNs: 10e6 } as const;
  // At 0, 3, 6 and 9 ms.
  assert.equal(mostProbes(plan), 4);
  assert.equal(mostProbes({ ...plan, count: 2 }), 2);
  assert.equal(mostProbes({ ...plan, kind: 'poisson' }), Infinity);
});
