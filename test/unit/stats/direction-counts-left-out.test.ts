// What the numbers of the other end say where a second stop left probes out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DirectionCounts, NOTHING } from '../../../src/stats/direction-counts.ts';

const CAPACITY = 64;

/** Settles what was sent, in order: answered, lost, or left out; then `summary`, of a counter from 0. */
function leftOut(
  fates: readonly string[],
  replies: readonly (readonly [probe: number, number: number])[],
): DirectionCounts {
  const counts = new DirectionCounts(CAPACITY);
  for (const [probe, number] of replies) counts.addReply(probe, number, true, 0);
  for (const [probe, fate] of fates.entries()) {
    if (fate === 'o') counts.leaveOut();
    else counts.settle(probe, fate === 'a');
  }
  return counts;
}

// Worked by hand: a is answered, l lost, o left out; lost there, back, and unattributed.
for (const [what, fates, replies, [there, back, unattributed]] of [
  [
    'the numbers that are missing are of those left out',
    'aooa',
    [
      [0, 0],
      [3, 3],
    ],
    [0, 0, 0],
  ],
  [
    'those left out got no number',
    'aooa',
    [
      [0, 0],
      [3, 1],
    ],
    [0, 0, 0],
  ],
  // Three numbers for two lost and two left out: one at least is a lost one's, and the other may have any fate.
  [
    'there are more numbers than left out',
    'allooa',
    [
      [0, 0],
      [5, 4],
    ],
    [0, 1, 1],
  ],
  // One number for three lost and one left out: two at least were lost on the way there.
  [
    'there are fewer numbers than lost',
    'alloal',
    [
      [0, 0],
      [4, 2],
    ],
    [1, 0, 2],
  ],
  [
    'the first are left out',
    'olaa',
    [
      [2, 2],
      [3, 3],
    ],
    [0, 1, 0],
  ],
  [
    'the last are left out',
    'alaoo',
    [
      [0, 0],
      [2, 2],
    ],
    [0, 1, 0],
  ],
] as const) {
  test(`of probes left out nothing is claimed where ${what}`, () => {
    const counts = leftOut(fates.split(''), replies);
    assert.deepEqual(counts.summary(true), {
      ...NOTHING,
      forward: { ...NOTHING.forward, lost: there },
      backward: { ...NOTHING.backward, lost: back },
      unattributed,
    });
    assert.equal(counts.countsMoreThanOurs, false);
  });
}
