// A policer on a long path: round-trip times are flat, however long they are.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { play, type ProbeFate } from '../../../helpers/made-session.ts';

/** Answers of a token bucket of 500 a second and ten at once (RFC 2697) to 1,000 probes a second. */
function policed(rttNs: (probe: number) => number): readonly ProbeFate[] {
  let tokens = 10;
  return Array.from({ length: 1000 }, (_, probe) => {
    tokens = Math.min(10, tokens + 0.5);
    if (tokens < 1) return {};
    tokens--;
    return { repliesNs: [rttNs(probe)] };
  });
}

const plan = { intervalNs: 1e6, timeoutNs: 1e9 };

test('a limit is known where round trips of 0.6 s differ by nanoseconds', () => {
  // Of one bucket of the histogram, 4.2 ms wide, and one reply that is slower.
  const fates = policed((probe) => (probe === 5 ? 600e6 : 2 ** 29 + (probe % 7)));
  const { rateLimit } = play(plan, fates).summary();
  assert.equal(Math.round(rateLimit!.perSecond), 500);
});

test('a queue as long as three datagrams of the pace is a slow link, and no limit', () => {
  const fates = policed((probe) => (probe < 20 ? 100e6 : 106e6));
  assert.equal(play(plan, fates).summary().rateLimit, null);
});
