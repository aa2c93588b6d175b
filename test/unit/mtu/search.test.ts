// The search over simulated paths: the number that it finds is the path's own, or it says that it does not know.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { conclude, type Findings } from '../../../src/mtu/conclude.ts';
import { holds } from '../../helpers/property.ts';
import {
  SimulatedMtuPath,
  type BackwardKind,
  type ForwardKind,
  type MtuPath,
} from '../../helpers/simulated-mtu-path.ts';

const CERTAIN: MtuPath = {
  ipVersion: 4,
  own: 1500,
  forward: 1500,
  forwardKind: 'ptb',
  backward: 1500,
  backwardKind: 'learns',
  lossRatio: 0,
  isWitnessed: false,
  draw: () => 0.999,
};

function find(path: Partial<MtuPath>): Findings & { end: string; rounds: number; sent: number } {
  const simulated = new SimulatedMtuPath({ ...CERTAIN, ...path });
  const { end, evidence } = simulated.search();
  return { ...conclude(evidence), end, rounds: simulated.rounds, sent: simulated.sent };
}

function numbersOf({ forward, backward }: Findings): object {
  return {
    there: [forward.mtu, forward.limitedBy],
    back: [backward.mtu ?? backward.range, backward.how],
  };
}

// By hand, from the decision table of docs/mtu.md.
const ROWS: readonly [title: string, path: Partial<MtuPath>, found: object][] = [
  [
    'nothing but the own interface limits it',
    {},
    { there: [1500, 'interface'], back: [1500, 'fragments'] },
  ],
  [
    "the other end's link is wider",
    { backward: 9000 },
    { there: [1500, 'interface'], back: [{ from: 2008, to: null }, 'whole'] },
  ],
  [
    'a router says what it takes, and the server learns what the way back takes',
    { forward: 1400, backward: 1300 },
    { there: [1400, 'ptb'], back: [1300, 'fragments'] },
  ],
  [
    'a router of before RFC 1191 does not say what it takes',
    { forward: 1403, forwardKind: 'ptb-without-mtu', backward: 1303, backwardKind: 'cut' },
    { there: [1403, 'ptb'], back: [1303, 'fragments'] },
  ],
  [
    'longer datagrams vanish on the way there, and over IPv4 nobody can know which way',
    { forward: 1404, forwardKind: 'silent' },
    { there: [null, 'unknown'], back: [{ from: 1404, to: null }, 'unknown'] },
  ],
  [
    'over IPv6, replies to fragments show that the hole is on the way there',
    { ipVersion: 6, forward: 1404, forwardKind: 'silent' },
    { there: [1404, 'silent'], back: [{ from: 1496, to: 1500 }, 'fragments'] },
  ],
  [
    'a witness knows that longer datagrams did not arrive',
    { forward: 1404, forwardKind: 'silent', isWitnessed: true },
    { there: [1404, 'silent'], back: [{ from: 1404, to: null }, 'whole'] },
  ],
  [
    'a witness knows that they did, and that the replies vanished',
    { backward: 1304, backwardKind: 'silent', isWitnessed: true },
    { there: [1500, 'interface'], back: [1304, 'silent'] },
  ],
  [
    'both at once',
    {
      ...{ forward: 1404, forwardKind: 'silent', backward: 1304, backwardKind: 'silent' },
      isWitnessed: true,
    },
    { there: [1404, 'silent'], back: [1304, 'silent'] },
  ],
  [
    'without a witness, a silent way back behind a router that speaks leaves a range',
    { forward: 1400, backward: 1300, backwardKind: 'silent' },
    { there: [null, 'unknown'], back: [{ from: 1300, to: null }, 'unknown'] },
  ],
  [
    'jumbo frames',
    { own: 9000, forward: 8950, backward: 8900 },
    { there: [8950, 'ptb'], back: [8900, 'fragments'] },
  ],
  [
    'loopback',
    { own: 65_536, forward: 65_536, backward: 65_536 },
    { there: [null, 'none-up-to'], back: [{ from: 65_535, to: null }, 'whole'] },
  ],
];

for (const [title, path, found] of ROWS) {
  test(title, () => {
    const findings = find(path);
    assert.deepEqual({ end: findings.end, ...numbersOf(findings) }, { end: 'found', ...found });
  });
}

test('with the way there known as a range, its ends are what was proven', () => {
  const { forward } = find({ forward: 1400, backward: 1300, backwardKind: 'silent' });
  assert.deepEqual(forward.range, { from: 1300, to: 1400 });
});

test('a router that answers costs five rounds, and two more for what may be fragmented and the end', () => {
  const { rounds } = find({ forward: 1400, backward: 1400 });
  assert.ok(rounds <= 8, `${rounds} rounds`);
});

test('a silent hole costs some forty datagrams', () => {
  const { sent, rounds } = find({ forward: 1404, forwardKind: 'silent' });
  assert.ok(sent <= 80 && rounds <= 12, `${sent} datagrams, ${rounds} rounds`);
});

test('why replies come in fragments is told, unless loss hides it', () => {
  const learns = { backward: 1300, backwardKind: 'learns' } as const;
  assert.equal(find(learns).backward.cause, 'icmp');
  assert.equal(find({ ...learns, backwardKind: 'cut' }).backward.cause, 'cut');
});

test('what may be fragmented passes, or is dropped', () => {
  const { fragments } = find({ forward: 1400 });
  assert.deepEqual(fragments, { local: 'pass', router: 'pass' });
  const silent = find({ forward: 1404, forwardKind: 'silent' }).fragments;
  assert.deepEqual(silent, { local: 'dropped', router: 'dropped' });
});

test('a path that becomes narrower during the search is searched again', () => {
  const simulated = new SimulatedMtuPath({ ...CERTAIN, forward: 1400 });
  const { end, evidence, changes } = simulated.search((rounds) => {
    // After the limit was found, and before the end.
    if (rounds === 5) simulated.path = { ...simulated.path, forward: 1300 };
  });
  const { forward } = conclude(evidence);
  assert.deepEqual([end, changes, forward.mtu], ['found', 1, 1300]);
});

test('a path that becomes wider during the search is searched again', () => {
  const simulated = new SimulatedMtuPath({ ...CERTAIN, forward: 1300 });
  const { end, evidence, changes } = simulated.search((rounds) => {
    if (rounds === 5) simulated.path = { ...simulated.path, forward: 1400 };
  });
  assert.deepEqual([end, changes, conclude(evidence).forward.mtu], ['found', 1, 1400]);
});

test('a server that nobody hears any more is no limit', () => {
  const simulated = new SimulatedMtuPath(CERTAIN);
  const { end } = simulated.search((rounds) => {
    if (rounds === 2) simulated.path = { ...simulated.path, draw: () => 0, lossRatio: 1 };
  });
  assert.equal(end, 'too-lossy');
});

const FORWARD: readonly ForwardKind[] = ['ptb', 'ptb-without-mtu', 'ptb-that-lies', 'silent'];
const BACKWARD: readonly BackwardKind[] = ['learns', 'cut', 'silent'];

/** Marsaglia's xorshift, because a property needs its draws from its input. */
function drawsOf(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function pathWith(lossRatio: fc.Arbitrary<number>): fc.Arbitrary<MtuPath> {
  return fc
    .record({
      ipVersion: fc.constantFrom(4 as const, 6 as const),
      own: fc.constantFrom(1280, 1492, 1500, 9000),
      forward: fc.integer({ min: 1280, max: 9000 }),
      forwardKind: fc.constantFrom(...FORWARD),
      backward: fc.integer({ min: 1280, max: 9000 }),
      backwardKind: fc.constantFrom(...BACKWARD),
      lossRatio,
      isWitnessed: fc.boolean(),
      seed: fc.integer(),
    })
    .map(({ seed, ...path }) => ({ ...path, draw: drawsOf(seed) }));
}

/** Whether everything that is claimed is true. */
function isTrue({ forward, backward }: Findings, path: MtuPath): boolean {
  const there = Math.min(path.forward, path.own);
  const isThere = forward.mtu === null ? isWithin(there, forward.range) : forward.mtu === there;
  const isBack =
    backward.mtu === null
      ? isWithin(path.backward, backward.range)
      : backward.mtu === path.backward;
  return isThere && isBack;
}

function isWithin(mtu: number, { from, to }: { from: number | null; to: number | null }): boolean {
  return (from ?? 0) <= mtu && mtu <= (to ?? Infinity);
}

test('without loss, every claim is true, and all that can be known is found', () => {
  holds(
    fc.property(pathWith(fc.constant(0)), (path) => {
      const findings = find(path);
      assert.equal(findings.end, 'found');
      assert.ok(isTrue(findings, path), JSON.stringify(findings));
      const isPlain = !path.isWitnessed && Math.min(path.forward, path.own) > path.backward;
      // IPv6 errors that name an impossible MTU are not believed.
      const isSilent =
        path.forwardKind === 'silent' || (path.ipVersion === 6 && path.forwardKind !== 'ptb');
      if (isSilent || isPlain) return;
      assert.notEqual(findings.forward.mtu, null, JSON.stringify(findings));
    }),
    1000,
  );
});

test('with a loss of up to 20 % of round trips, hardly one claim in a thousand is wrong', () => {
  const wrong: unknown[] = [];
  let unsettled = 0;
  let runs = 0;
  holds(
    fc.property(pathWith(fc.double({ min: 0, max: 0.105, noNaN: true })), (path) => {
      const findings = find(path);
      runs++;
      if (findings.end !== 'found') unsettled++;
      if (!isTrue(findings, path)) wrong.push({ path, findings });
    }),
    1000,
  );
  assert.ok(wrong.length <= runs / 1000, JSON.stringify(wrong, null, 1));
  assert.ok(unsettled <= runs / 50, `${unsettled} of ${runs} not settled`);
});

test('a silent hole is named, also where most of the loss shows after its limit was found', () => {
  const silent = { forward: 1404, forwardKind: 'silent', lossRatio: 0.105 } as const;
  holds(
    fc.property(fc.integer(), (seed) => {
      const { end, isDirectionUnknown, forward } = find({ ...silent, draw: drawsOf(seed) });
      if (end !== 'found' || forward.range.from !== 1404) return;
      assert.ok(isDirectionUnknown);
    }),
    1000,
  );
});
