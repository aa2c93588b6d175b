import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReflectorResult, Threshold } from '../../../src/client/session/session-result.ts';
import { checkThresholds, p99LimitsNs } from '../../../src/client/thresholds.ts';
import { madeResult, NO_VALUES } from '../../helpers/made-result.ts';
import { counts, play } from '../../helpers/made-session.ts';

type Numbers = Parameters<typeof checkThresholds>[1];

const UNKNOWN = { actual: null, held: false } as const;

test('what was not sent counts as missed, of all that was asked for', () => {
  const datagrams = counts({ sent: 12, received: 10, lost: 1, late: 1, sendFailed: 28 });
  const measured = madeResult({ datagrams });
  // 30 of 40.
  assert.deepEqual(checkThresholds({ maxLossRatio: 0.75 }, measured, [0]), [
    { name: 'missedRatio', level: 'critical', limit: 0.75, actual: 0.75, held: true, reason: null },
  ]);
  assert.equal(checkThresholds({ maxLossRatio: 0.7499 }, measured, [0])[0]!.held, false);
});

test('a limit that there is nothing to hold against does not hold, and says why', () => {
  const measured = madeResult({
    datagrams: counts({ lossRatio: null }),
    rttNs: NO_VALUES,
    smoothedJitterNs: null,
  });
  const options = { maxLossRatio: 1, maxP99Ms: 1, maxJitterMs: 0.5 };
  assert.deepEqual(checkThresholds(options, measured, [0]), [
    { name: 'missedRatio', level: 'critical', limit: 1, ...UNKNOWN, reason: 'no probe was sent' },
    {
      name: 'rttP99Ns',
      level: 'critical',
      limit: 1e6,
      ...UNKNOWN,
      reason: 'no reply arrived in time',
    },
    {
      name: 'smoothedJitterNs',
      level: 'critical',
      limit: 5e5,
      ...UNKNOWN,
      reason: 'it takes two replies to the same source port',
    },
  ]);
});

test('jitter may be as large as its limit', () => {
  const measured = madeResult({ smoothedJitterNs: 2.5e6 });
  const heldTo = (maxJitterMs: number): Threshold =>
    checkThresholds({ maxJitterMs }, measured, [0])[0]!;
  const name = 'smoothedJitterNs';
  const level = 'critical';
  const [limit, actual, reason] = [2_500_000, 2.5e6, null];
  assert.deepEqual(heldTo(2.5), { name, level, limit, actual, held: true, reason });
  assert.deepEqual(heldTo(2.499), { name, level, limit: 2_499_000, actual, held: false, reason });
});

/** 100 probes: 10 lost on the way there, 4 of the 88 replies on the way back, 2 not answered; and so many either way. */
function directions(
  unattributed: number,
  numbering: ReflectorResult['numbering'] = 'own',
): Numbers {
  const isKnown = numbering === 'own';
  const countOf = (count: number): number | null => (isKnown ? count : null);
  const direction = { reordered: 0, duplicate: 0, delayNs: null };
  const rest = { ipdvNs: NO_VALUES, pdvNs: NO_VALUES };
  return madeResult({
    datagrams: counts({ sent: 100, received: 84 - unattributed, lost: 16 + unattributed }),
    forward: { ...direction, ...rest, lost: countOf(10) },
    backward: { ...direction, ...rest, lost: countOf(4) },
    reflector: {
      numbering,
      unattributed: countOf(unattributed),
      unanswered: countOf(2),
      unaltered: 0,
      unauthenticated: 0,
      unusableStamps: 0,
      residenceNs: NO_VALUES,
      clock: null,
    },
  });
}

for (const [what, options, unattributed, expected] of [
  ['10 of 100 on the way there', { maxForwardLossRatio: 0.1 }, 0, { actual: 0.1, held: true }],
  ['10 of 100 on the way there', { maxForwardLossRatio: 0.09 }, 0, { actual: 0.1, held: false }],
  ['4 of 88 on the way back', { maxBackwardLossRatio: 0.046 }, 0, { actual: 4 / 88, held: true }],
  ['4 of 88 on the way back', { maxBackwardLossRatio: 0.045 }, 0, { actual: 4 / 88, held: false }],
  ['10 to 13 on the way there', { maxForwardLossRatio: 0.13 }, 3, { actual: 0.13, held: true }],
  ['10 to 13 on the way there', { maxForwardLossRatio: 0.09 }, 3, { actual: 0.1, held: false }],
  // 4 of 85 replies, or 7 of 88.
  ['4 to 7 on the way back', { maxBackwardLossRatio: 0.08 }, 3, { actual: 7 / 88, held: true }],
  ['4 to 7 on the way back', { maxBackwardLossRatio: 0.047 }, 3, { actual: 4 / 85, held: false }],
] as const) {
  test(`${what}: ${JSON.stringify(options)} ${expected.held ? 'holds' : 'fails'}`, () => {
    const [{ actual, held, reason } = {}] = checkThresholds(options, directions(unattributed), []);
    assert.deepEqual({ actual, held, reason }, { ...expected, reason: null });
  });
}

for (const [what, measured, reason] of [
  [
    'losses that may be of either direction would decide',
    directions(3),
    'the direction of 3 losses cannot be determined',
  ],
  ['no reply came', directions(0, null), 'no reply arrived'],
  [
    'the reflector is stateless',
    directions(0, 'copied'),
    'the reflector is stateless and repeats our sequence numbers',
  ],
  [
    'the numbers of the other end are of no use',
    directions(0, 'inconsistent'),
    "the other end's sequence numbers do not match ours",
  ],
] as const) {
  test(`a limit of a direction fails, and says why, where ${what}`, () => {
    const options = { maxForwardLossRatio: 0.11, maxBackwardLossRatio: 0.06 };
    assert.deepEqual(checkThresholds(options, measured, [0]), [
      { name: 'forwardLossRatio', level: 'critical', limit: 0.11, ...UNKNOWN, reason },
      { name: 'backwardLossRatio', level: 'critical', limit: 0.06, ...UNKNOWN, reason },
    ]);
  });
}

test('nothing was asked, so nothing is told', () => {
  assert.deepEqual(checkThresholds({}, madeResult(), []), []);
});

// Of 200 replies the 99th percentile is the 198th (RFC 2330 section 11.3). 10 ms share a bucket of the histogram, and
// so a percentile, with what takes up to 27 µs longer.
for (const [atLimit, actual, held] of [
  [198, 10_000_000, true],
  [197, 10_027_007, false],
] as const) {
  test(`where ${atLimit} of 200 replies took 10 ms and the others a nanosecond more, p99 is judged exactly`, () => {
    const options = { maxP99Ms: 10 };
    const fates = Array.from({ length: 200 }, (_, index) => ({
      repliesNs: [index < 2 ? 11_000_000 : index < 200 - atLimit ? 10_000_001 : 10_000_000],
    }));
    const made = play({ rttLimitsNs: p99LimitsNs(options), intervalNs: 20e6 }, fates);
    const { datagrams, rttNs, rttsAbove } = made.summary();
    const measured = madeResult({ datagrams, rttNs });
    assert.deepEqual(checkThresholds(options, measured, rttsAbove), [
      { name: 'rttP99Ns', level: 'critical', limit: 10_000_000, actual, held, reason: null },
    ]);
  });
}

test('two limits are judged each by itself, and p99 by its own count', () => {
  const options = { maxLossRatio: [0.1, 0.2], maxP99Ms: [10, 20] } as const;
  const fates = Array.from({ length: 200 }, (_, index) => ({
    repliesNs: [index < 1 ? 20_000_001 : index < 3 ? 15_000_000 : 10_000_000],
  }));
  const made = play({ rttLimitsNs: p99LimitsNs(options), intervalNs: 40e6 }, fates);
  const { rttNs, rttsAbove } = made.summary();
  assert.deepEqual(rttsAbove, [3, 1]);
  const datagrams = counts({ sent: 235, received: 200, lost: 35 });
  const judged = checkThresholds(options, madeResult({ datagrams, rttNs }), rttsAbove);
  assert.deepEqual(
    judged.map(({ name, level, limit, held }) => [name, level, limit, held]),
    [
      ['missedRatio', 'warning', 0.1, false],
      ['missedRatio', 'critical', 0.2, true],
      ['rttP99Ns', 'warning', 10e6, false],
      ['rttP99Ns', 'critical', 20e6, true],
    ],
  );
});
