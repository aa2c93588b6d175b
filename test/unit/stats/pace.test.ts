// Policers and losses played through the detector; the policer is the token bucket of RFC 2697, written anew.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../src/random.ts';
import { Pace, type SteadyPace } from '../../../src/stats/pace.ts';

interface Sending {
  readonly perSecond: number;
  readonly probes: number;
  /** How late each probe leaves at most. */
  readonly jitterSeconds?: number;
  /** The share of probes before which this host stalls for 10 ms. */
  readonly stalls?: number;
  readonly seed?: number;
}

/** @param isAnswered  whether the probe sent at that time, as the i-th, is */
function paceOf(
  { perSecond, probes, jitterSeconds = 0, stalls = 0, seed = 1 }: Sending,
  isAnswered: (seconds: number, i: number) => boolean,
): SteadyPace | null {
  const random = new Random(seed);
  const pace = new Pace();
  let latest = 0;
  for (let i = 0; i < probes; i++) {
    latest = Math.max(latest, i / perSecond + random.next() * jitterSeconds);
    if (random.next() < stalls) latest += 0.01;
    pace.push(latest * 1e9, isAnswered(latest, i));
  }
  return pace.summary();
}

function policer(perSecond: number, burst: number): (seconds: number) => boolean {
  let tokens = burst;
  let latest = 0;
  return (seconds) => {
    tokens = Math.min(burst, tokens + (seconds - latest) * perSecond);
    latest = seconds;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}

for (const [what, sending, rate, burst] of [
  ['half of what is sent', { perSecond: 2000, probes: 2000 }, 1000, 200],
  ['less than a tenth too much', { perSecond: 1050, probes: 3000 }, 1000, 50],
  [
    'a tenth of what is sent, with the usual burst of nft',
    { perSecond: 2000, probes: 2000 },
    200,
    5,
  ],
  ['5,000 of 8,000', { perSecond: 8000, probes: 20_000 }, 5000, 100],
  ['half, on a host that is late', { perSecond: 2000, probes: 3000, stalls: 0.01 }, 1000, 200],
] as const) {
  test(`a policer is found, and its rate, where it lets through ${what}`, () => {
    const pace = paceOf({ jitterSeconds: 50e-6, ...sending }, policer(rate, burst));
    assert.ok(pace !== null);
    assert.ok(Math.abs(pace.perSecond - rate) < rate / 100, String(pace.perSecond));
  });
}

test('random losses of any ratio are never taken for a policer', () => {
  let found = 0;
  for (const ratio of [0.02, 0.1, 0.387, 0.5, 0.9]) {
    for (const probes of [200, 1000, 3000]) {
      for (let seed = 1; seed <= 20; seed++) {
        const random = new Random(seed * 7919);
        const sending = { perSecond: 2000, probes, jitterSeconds: 50e-6, seed };
        if (paceOf(sending, () => random.next() >= ratio) !== null) found++;
      }
    }
  }
  assert.equal(found, 0);
});

for (const [every, lost] of [
  [2, 1],
  [8, 2],
  [25, 1],
] as const) {
  test(`${lost} of every ${every} lost, by their count, is no policer`, () => {
    const sending = { perSecond: 2000, probes: 3000, jitterSeconds: 50e-6 };
    assert.equal(
      paceOf(sending, (_, i) => i % every >= lost),
      null,
    );
  });
}

test('outages of 10 ms each 100 ms are no policer, however long it goes on', () => {
  const isUp = (seconds: number): boolean => seconds % 0.1 >= 0.01;
  assert.equal(paceOf({ perSecond: 2000, probes: 200_000 }, isUp), null);
});

test('nor are they where the first comes after a while, as behind a burst', () => {
  const isUp = (seconds: number): boolean => seconds % 0.1 < 0.09;
  assert.equal(paceOf({ perSecond: 2000, probes: 200_000 }, isUp), null);
});

test('too few losses tell nothing', () => {
  assert.equal(paceOf({ perSecond: 2000, probes: 430 }, policer(1000, 200)), null);
});
