import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fates } from '../../../src/impairment/fates.ts';
import type { ImpairmentPlan } from '../../../src/impairment/impairments.ts';
import { IMPAIRMENT } from '../../../src/options/impairment.ts';

/** The plan takes effect at 500 ms of the clock; which of these ages of it are dark? */
function darkAges(plan: ImpairmentPlan, ages: readonly number[]): readonly number[] {
  const fates = new Fates(plan, 500);
  return ages.filter((age) => fates.next(500 + age).isBlackedOut);
}

// By hand: a blackout takes its first millisecond, and not the one that it ends at.
const BLACKOUTS: readonly [text: string, ages: readonly number[], dark: readonly number[]][] = [
  ['blackout=2s', [0, 1, 1999.9, 2000, 3000, 1e9], [0, 1, 1999.9]],
  ['blackout=2s@10s', [0, 2, 9999, 10_000, 11_999, 12_000, 70_000], [10_000, 11_999]],
  ['blackout=200ms/15s', [0, 199, 200, 14_999, 15_000, 15_199, 15_200], [0, 199, 15_000, 15_199]],
  [
    'blackout=2s@10s/60s',
    [0, 9999, 10_000, 12_000, 60_000, 69_999, 70_000, 71_999, 72_000, 610_001],
    [10_000, 70_000, 71_999, 610_001],
  ],
  ['blackout=2s/1s', [0, 1999, 2000, 1e6], [0, 1999, 2000, 1e6]],
  ['blackout=2s@10s/1s', [0, 9999, 10_000, 1e6], [10_000, 1e6]],
  ['loss=50%', [0, 1, 2], []],
];

for (const [text, ages, dark] of BLACKOUTS) {
  test(`${text} is dark at ${dark.join(', ') || 'no'} ms of ${ages.join(', ')}`, () => {
    assert.deepEqual(darkAges(IMPAIRMENT.text!.read('plan', text), ages), dark);
  });
}

test('a blackout does not shift the fates of what comes after it', () => {
  const seed = { lossRatio: 0.3, corruptRatio: 0.2, delayMs: 5, jitterMs: 3, seed: 42 };
  const bright = new Fates(seed, 0);
  const dark = new Fates({ ...seed, blackoutMs: 50 }, 0);
  for (let ageMs = 0; ageMs < 100; ageMs++) {
    assert.deepEqual(dark.next(ageMs), { ...bright.next(ageMs), isBlackedOut: ageMs < 50 });
  }
});

const TEXTS: readonly [text: string, plan: ImpairmentPlan][] = [
  ['blackout=3s', { blackoutMs: 3000 }],
  ['blackout=3s@10s', { blackoutMs: 3000, blackoutStartMs: 10_000 }],
  ['blackout=200ms/15s', { blackoutMs: 200, blackoutEveryMs: 15_000 }],
  [
    'loss=1%,blackout=2s@10s/60s,seed=7',
    {
      lossRatio: 0.01,
      blackoutMs: 2000,
      blackoutStartMs: 10_000,
      blackoutEveryMs: 60_000,
      seed: 7,
    },
  ],
];

for (const [text, plan] of TEXTS) {
  test(`${text} is read and written`, () => {
    assert.deepEqual(IMPAIRMENT.text!.read('plan', text), plan);
    assert.equal(IMPAIRMENT.text!.write(plan), text);
  });
}

const WRONG: readonly [text: string, message: RegExp][] = [
  ['blackout', /plan blackout must be a duration/],
  ['blackout=', /plan blackout must be a duration/],
  ['blackout=0s', /plan blackout must be a duration/],
  ['blackout=2s@', /plan blackout must be a duration/],
  ['blackout=2s/0s', /plan blackout must be a duration/],
  ['blackout=2s/60s@10s', /plan blackout must be a duration/],
  ['black=2s', /plan must be parts named loss, delay, duplicate, reorder, corrupt, blackout, seed/],
];

for (const [text, message] of WRONG) {
  test(`${text} is refused`, () => {
    assert.throws(() => IMPAIRMENT.text!.read('plan', text), {
      code: 'ECHOGRAM_ERR_OPTION_VALUE',
      message,
    });
  });
}
