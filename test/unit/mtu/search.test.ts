// The search over simulated paths: the number that it finds is the path's own, or it says that it does not know.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { conclude, type Findings } from '../../../src/mtu/conclude.ts';
import { holds } from '../../helpers/property.ts';
import { resultFrom, wrongClaims } from '../../helpers/mtu-claims.ts';
import {
  claimFewWrongs,
  claimFewWrongsAfterAChange,
  claimFewWrongsWhenStopped,
  drawsOf,
  pathWith,
} from '../../helpers/mtu-claims-property.ts';
import { SimulatedMtuPath, type MtuPath } from '../../helpers/simulated-mtu-path.ts';

const CERTAIN: MtuPath = {
  ipVersion: 4,
  own: 1500,
  forward: 1500,
  forwardKind: 'ptb',
  backward: 1500,
  backwardKind: 'learns',
  dropsFragments: false,
  lossRatio: 0,
  isWitnessed: false,
  draw: () => 0.999,
};

function find(
  path: Partial<MtuPath>,
): Findings & { end: string | undefined; rounds: number; sent: number } {
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
    return undefined;
  });
  const { forward } = conclude(evidence);
  assert.deepEqual([end, changes, forward.mtu], ['found', 1, 1300]);
});

test('a path that becomes wider during the search is searched again', () => {
  const simulated = new SimulatedMtuPath({ ...CERTAIN, forward: 1300 });
  const { end, evidence, changes } = simulated.search((rounds) => {
    if (rounds === 5) simulated.path = { ...simulated.path, forward: 1400 };
    return undefined;
  });
  assert.deepEqual([end, changes, conclude(evidence).forward.mtu], ['found', 1, 1400]);
});

test('a server that nobody hears any more is no limit', () => {
  const simulated = new SimulatedMtuPath(CERTAIN);
  const { end } = simulated.search((rounds) => {
    if (rounds === 2) simulated.path = { ...simulated.path, draw: () => 0, lossRatio: 1 };
    return undefined;
  });
  assert.equal(end, 'too-lossy');
});

test('a path that becomes narrower on the way back is searched again', () => {
  const simulated = new SimulatedMtuPath({ ...CERTAIN, backward: 1400 });
  const { end, evidence, changes } = simulated.search((rounds) => {
    // After this limit was found.
    if (rounds === 6) simulated.path = { ...simulated.path, backward: 1300 };
    return undefined;
  });
  assert.deepEqual([end, changes, conclude(evidence).backward.mtu], ['found', 1, 1300]);
});

test('an interface that becomes wider during the search is searched again', () => {
  const simulated = new SimulatedMtuPath({ ...CERTAIN, own: 1400 });
  const { evidence, changes } = simulated.search((rounds) => {
    if (rounds === 5) simulated.path = { ...simulated.path, own: 1500 };
    return undefined;
  });
  const { mtu, limitedBy } = conclude(evidence).forward;
  assert.deepEqual([changes, evidence.ownLimit, mtu, limitedBy], [1, 1500, 1500, 'interface']);
});

test('without loss, every claim is true, and all that can be known is found', () => {
  holds(
    fc.property(pathWith(fc.constant(0)), (path) => {
      const found = new SimulatedMtuPath(path).search();
      const result = resultFrom(found, 1500);
      assert.deepEqual([found.end, wrongClaims(result, path)], ['found', []]);
      const isPlain = !path.isWitnessed && Math.min(path.forward, path.own) > path.backward;
      // IPv6 errors that name an impossible MTU are not believed.
      const isSilent =
        path.forwardKind === 'silent' || (path.ipVersion === 6 && path.forwardKind !== 'ptb');
      if (isSilent || isPlain) return;
      assert.notEqual(result.forward.mtu, null, JSON.stringify(result.forward));
    }),
    500,
  );
});

test('with a loss of up to 20 % of round trips, hardly one search in a thousand claims wrongly', () => {
  claimFewWrongs(1000);
});

test('a search that is stopped claims hardly more than it knows by then', () => {
  claimFewWrongsWhenStopped(1000);
});

test('a path that changes anywhere during the search is reported as it is then', () => {
  claimFewWrongsAfterAChange(300);
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
