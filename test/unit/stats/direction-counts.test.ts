import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  DirectionCounts,
  NOTHING,
  type DirectionCount,
  type DirectionCountsSummary,
} from '../../../src/stats/direction-counts.ts';
import { holds } from '../../helpers/property.ts';

const CAPACITY = 64;

/** Replies in order of arrival, as [probe, their number]; of probes 0 to `sent` − 1 all are settled after. */
function counted(
  sent: number,
  replies: readonly (readonly [probe: number, number: number])[],
  failures: readonly number[] = [],
  { capacity = CAPACITY, streams = 1 } = {},
): DirectionCounts {
  const counts = new DirectionCounts(capacity, streams);
  const answered = new Set<number>();
  for (const [index, [probe, number]] of replies.entries()) {
    counts.addReply(probe, number >>> 0, !answered.has(probe), failures[index] ?? 0);
    answered.add(probe);
  }
  for (let probe = 0; probe < sent; probe++) counts.settle(probe, answered.has(probe));
  return counts;
}

function expected(
  forward: readonly [lost: number, reordered: number, duplicate: number],
  backward: readonly [lost: number, reordered: number, duplicate: number],
  { unanswered = 0, unattributed = 0 } = {},
): DirectionCountsSummary {
  const directionOf = ([lost, reordered, duplicate]: typeof forward): DirectionCount => ({
    lost,
    reordered,
    duplicate,
  });
  const directions = { forward: directionOf(forward), backward: directionOf(backward) };
  return { ...directions, unanswered, unattributed };
}

test('without a reply every loss is unattributed', () => {
  assert.deepEqual(counted(3, []).summary(true), { ...NOTHING, unattributed: 3 });
  assert.deepEqual(counted(0, []).summary(true), NOTHING);
});

// Each worked by hand: what was sent, what came back as [ours, theirs], and what that means.
for (const [what, sent, replies, summary] of [
  [
    'nothing is lost',
    3,
    [
      [0, 0],
      [1, 1],
      [2, 2],
    ],
    expected([0, 0, 0], [0, 0, 0]),
  ],
  // Forward 2 and 7 are lost, and the replies 3 and 6 (probes 4 and 8).
  [
    'both ways lose',
    10,
    [
      [0, 0],
      [1, 1],
      [3, 2],
      [5, 4],
      [6, 5],
      [9, 7],
    ],
    expected([2, 0, 0], [2, 0, 0]),
  ],
  [
    'only the way back loses',
    4,
    [
      [0, 0],
      [3, 3],
    ],
    expected([0, 0, 0], [2, 0, 0]),
  ],
  [
    'only the way there loses',
    4,
    [
      [0, 0],
      [3, 1],
    ],
    expected([2, 0, 0], [0, 0, 0]),
  ],
  // The counter began with the session: number 1 is missing, and of 0, 1, 2 two.
  [
    'the first are lost',
    4,
    [
      [2, 1],
      [3, 2],
    ],
    expected([1, 0, 0], [1, 0, 0]),
  ],
  [
    'the last are lost',
    5,
    [
      [0, 0],
      [1, 1],
    ],
    expected([0, 0, 0], [0, 0, 0], { unattributed: 3 }),
  ],
  // Probe 1 arrives after 2.
  [
    'the way there reorders',
    3,
    [
      [0, 0],
      [2, 1],
      [1, 2],
    ],
    expected([0, 1, 0], [0, 0, 0]),
  ],
  [
    'the way back reorders',
    3,
    [
      [0, 0],
      [2, 2],
      [1, 1],
    ],
    expected([0, 0, 0], [0, 1, 0]),
  ],
  // They undo each other: in order at the end, and reordered twice.
  [
    'both reorder',
    3,
    [
      [0, 0],
      [1, 2],
      [2, 1],
    ],
    expected([0, 1, 0], [0, 1, 0]),
  ],
  [
    'the way there duplicates',
    2,
    [
      [0, 0],
      [0, 1],
      [1, 2],
    ],
    expected([0, 0, 1], [0, 0, 0]),
  ],
  [
    'the way back duplicates',
    2,
    [
      [0, 0],
      [0, 0],
      [1, 1],
    ],
    expected([0, 0, 0], [0, 0, 1]),
  ],
  // Two copies there, each of whose replies comes twice: 4 replies, 1 + 2 beyond the first.
  [
    'both duplicate',
    1,
    [
      [0, 0],
      [0, 1],
      [0, 1],
      [0, 0],
    ],
    expected([0, 0, 1], [0, 0, 2]),
  ],
  // The copy of 1 comes after 2: no order is its, only the first arrival's.
  [
    'a copy comes late',
    3,
    [
      [0, 0],
      [1, 1],
      [2, 2],
      [1, 3],
    ],
    expected([0, 0, 1], [0, 0, 0]),
  ],
  // The rule: of the copies 0 and 1 of probe 0 the reply 1 is lost, and taken for that of probe 1.
  [
    'the reply to a copy is lost',
    3,
    [
      [0, 0],
      [2, 2],
    ],
    expected([0, 0, 0], [1, 0, 0]),
  ],
] as const) {
  test(`direction counts where ${what}`, () => {
    assert.deepEqual(counted(sent, replies).summary(true), summary);
  });
}

test('of many source ports with one counter, each has an order of its own', () => {
  const streams = 2;
  // Probe 1 gets there after 2, which is another port's; its reply comes after that to 3, its own port's.
  const replies = [
    [0, 0],
    [2, 1],
    [3, 3],
    [1, 2],
    [4, 4],
  ] as const;
  assert.deepEqual(counted(5, replies).summary(true), expected([0, 1, 0], [0, 1, 0]));
  assert.deepEqual(
    counted(5, replies, [], { streams }).summary(true),
    expected([0, 0, 0], [0, 1, 0]),
  );
});

test('an order is remembered for each source port when its replies are forgotten', () => {
  // 64 are remembered. On the one port 2 comes after 4, on the other 3 after 5.
  const order = [0, 1, 4, 5, 2, 3, ...Array.from({ length: 5000 }, (_, at) => at + 6)];
  const replies = order.map((probe, number) => [probe, number] as const);
  const counts = counted(5006, replies, [], { streams: 2 });
  assert.deepEqual(counts.summary(true), expected([0, 2, 0], [0, 0, 0]));
});

test('a counter that was running is calibrated by the first reply', () => {
  // 0 is lost, and nobody knows which way; of 2 the number 701 would be missing.
  const counts = counted(5, [
    [1, 700],
    [3, 701],
    [4, 703],
  ]);
  const summary = expected([0, 0, 0], [1, 0, 0], { unattributed: 1 });
  assert.deepEqual(counts.summary(false), summary);
  // It can't have begun with the session, whatever the protocol says.
  assert.deepEqual(counts.summary(true), summary);
});

test('a counter wraps', () => {
  const counts = counted(4, [
    [0, 2 ** 32 - 2],
    [2, 0],
    [1, 2 ** 32 - 1],
    [3, 1],
  ]);
  assert.deepEqual(counts.summary(false), expected([0, 0, 0], [0, 1, 0]));
});

test('what they received and did not answer is lost neither way', () => {
  // TR-143's own example: 10 sent, number 8, 1 failure, 7 answered: 1 lost there, 2 not answered, of which
  // 1 failed and 1 was lost on its way back. Their count of failures stood at 4 before.
  const counts = counted(
    10,
    [
      [0, 1],
      [1, 2],
      [2, 3],
      [4, 4],
      [5, 5],
      [7, 6],
      [9, 8],
    ],
    [4, 4, 4, 4, 4, 5, 5],
  );
  assert.deepEqual(counts.summary(false), expected([1, 0, 0], [1, 0, 0], { unanswered: 1 }));
});

test('a late reply takes its loss back', () => {
  const counts = new DirectionCounts(CAPACITY);
  counts.addReply(0, 0, true, 0);
  counts.settle(0, true);
  counts.settle(1, false);
  counts.settle(2, false);
  assert.equal(counts.summary(true).unattributed, 2);
  counts.addReply(2, 1, true, 0);
  counts.addLate(2);
  assert.deepEqual(counts.summary(true), expected([1, 0, 0], [0, 0, 0]));
});

test('one number for two probes is no counter of ours', () => {
  const counts = counted(3, [
    [0, 0],
    [1, 1],
    [2, 0],
  ]);
  assert.equal(counts.isConsistent, false);
});

test('a number far from the last is no counter of ours, and takes no time', () => {
  for (const number of [2 ** 31 - 1, 2 ** 31 + 5, CAPACITY + 2]) {
    assert.equal(
      counted(2, [
        [0, 0],
        [1, number],
      ]).isConsistent,
      false,
    );
  }
  // As far as probes went, with what is remembered on top: a long outage on the way back.
  assert.equal(
    counted(1001, [
      [0, 0],
      [1000, 1000 + CAPACITY],
    ]).isConsistent,
    true,
  );
});

test('more numbers than probes: others ask too', () => {
  assert.equal(
    counted(3, [
      [0, 10],
      [1, 12],
      [2, 15],
    ]).countsMoreThanOurs,
    true,
  );
  assert.equal(
    counted(3, [
      [0, 10],
      [2, 12],
    ]).countsMoreThanOurs,
    false,
  );
});

/** A path: what happens to each probe. No copy's reply is lost. */
interface Fate {
  readonly copies: number;
  /** Places by which the way there puts it later, and the way back each reply. */
  readonly laterThere: number;
  readonly isLostBack: boolean;
  readonly laterBack: number;
  readonly copiesBack: number;
}

const fate: fc.Arbitrary<Fate> = fc
  .record({
    copies: fc.constantFrom(0, 1, 1, 1, 1, 2, 3),
    laterThere: fc.constantFrom(0, 0, 0, 1.5, 3.5),
    isLostBack: fc.constantFrom(false, false, false, true),
    laterBack: fc.constantFrom(0, 0, 0, 1.5, 4.5),
    copiesBack: fc.constantFrom(1, 1, 1, 2),
  })
  .map((one) => (one.copies > 1 ? { ...one, isLostBack: false } : one));

/** Those that come after a larger one of the same source port, the slow way: its arrivals in order. */
function overtaken(
  arrivals: readonly { readonly probe: number; readonly value: number }[],
  streams: number,
): number {
  const isOvertaken = ({ probe, value }: (typeof arrivals)[0], index: number): boolean =>
    arrivals
      .slice(0, index)
      .some((one) => one.probe % streams === probe % streams && one.value > value);
  return arrivals.filter(isOvertaken).length;
}

test('they are what the path did, whatever it did, in a memory of any size', () => {
  const anchors = Array.from({ length: 8 }, (): Fate => {
    return { copies: 1, laterThere: 0, isLostBack: false, laterBack: 0, copiesBack: 1 };
  });
  holds(
    fc.property(
      fc.array(fate, { maxLength: 200, size: 'max' }),
      fc.integer({ min: 0, max: 3 }),
      fc.nat(2 ** 32 - 1),
      fc.record({
        capacity: fc.constantFrom(32, 64, 1024),
        streams: fc.constantFrom(1, 1, 2, 3, 7),
      }),
      (middle, lostAtEnd, first, sizes) => {
        const fates = [...anchors.slice(0, 6), ...middle, ...anchors];
        const there = fates
          .flatMap(({ copies, laterThere }, probe) =>
            Array.from({ length: copies }, (_, copy) => ({
              probe,
              at: probe + laterThere + copy / 9,
            })),
          )
          .sort((a, b) => a.at - b.at);
        const back = there
          .map(({ probe }, number) => ({ probe, number, fate: fates[probe]! }))
          .filter(({ fate: { isLostBack } }) => !isLostBack)
          .flatMap((reply) => {
            const at = reply.number + reply.fate.laterBack;
            return Array.from({ length: reply.fate.copiesBack }, (_, copy) => ({
              ...reply,
              at: at + copy / 9,
            }));
          })
          .sort((a, b) => a.at - b.at);
        const counts = counted(
          fates.length + lostAtEnd,
          back.map(({ probe, number }) => [probe, first + number]),
          [],
          sizes,
        );
        const answered = new Set(back.map(({ probe }) => probe));
        const probeOf = new Map(back.map(({ number, probe }) => [number, probe]));
        const numbers = [...probeOf.keys()];
        const arrivals = [...new Set(there.map(({ probe }) => probe))];
        const summary = expected(
          [
            fates.filter(({ copies }) => copies === 0).length,
            overtaken(
              arrivals
                .filter((probe) => answered.has(probe))
                .map((probe) => ({ probe, value: probe })),
              sizes.streams,
            ),
            numbers.length - answered.size,
          ],
          [
            fates.filter(({ copies, isLostBack }) => copies > 0 && isLostBack).length,
            overtaken(
              numbers.map((value) => ({ probe: probeOf.get(value)!, value })),
              sizes.streams,
            ),
            back.length - numbers.length,
          ],
          { unattributed: lostAtEnd },
        );
        assert.deepEqual(counts.summary(false), summary);
        // Asked twice, it says the same.
        assert.deepEqual(counts.summary(false), summary);
      },
    ),
    300,
  );
});
