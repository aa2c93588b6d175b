// Searches over many random paths, and how many of their claims are wrong: a short form for the quick suite, and a long one.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { resultFrom, wrongClaims } from './mtu-claims.ts';
import { holds } from './property.ts';
import {
  SimulatedMtuPath,
  type BackwardKind,
  type ForwardKind,
  type MtuPath,
} from './simulated-mtu-path.ts';

/** Of each direction: 20 % of round trips. */
const MOST_LOSS = 0.105;

const FORWARD: readonly ForwardKind[] = ['ptb', 'ptb-without-mtu', 'ptb-that-lies', 'silent'];
const BACKWARD: readonly BackwardKind[] = ['learns', 'cut', 'silent'];
const OWN = fc.constantFrom(1280, 1492, 1500, 9000);
const LIMIT = fc.oneof(fc.integer({ min: 1280, max: 1600 }), fc.integer({ min: 1280, max: 9000 }));

/** Marsaglia's xorshift, because a property needs its draws from its input. */
export function drawsOf(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export function pathWith(lossRatio: fc.Arbitrary<number>): fc.Arbitrary<MtuPath> {
  return fc
    .record({
      ipVersion: fc.constantFrom(4 as const, 6 as const),
      own: OWN,
      forward: LIMIT,
      forwardKind: fc.constantFrom(...FORWARD),
      backward: LIMIT,
      backwardKind: fc.constantFrom(...BACKWARD),
      dropsFragments: fc.boolean(),
      lossRatio,
      isWitnessed: fc.boolean(),
      seed: fc.integer(),
    })
    .map(({ seed, ...path }) => ({ ...path, draw: drawsOf(seed) }));
}

const LOSS = fc.double({ min: 0, max: MOST_LOSS, noNaN: true });

/** The wrong claims of many searches. */
class Tally {
  readonly wrong: unknown[] = [];
  #runs = 0;

  note(fields: readonly string[], about: object): void {
    this.#runs++;
    if (fields.length > 0) this.wrong.push({ fields, ...about });
  }

  requireFew(perThousand: number): void {
    const most = (this.#runs * perThousand) / 1000;
    const shown = JSON.stringify(this.wrong.slice(0, 5), null, 1);
    assert.ok(this.wrong.length <= most, `${this.wrong.length} of ${this.#runs}: ${shown}`);
  }
}

/** Over paths that lose up to a fifth of round trips, one search in a thousand may claim something wrong. */
export function claimFewWrongs(runs: number): void {
  const tally = new Tally();
  let unsettled = 0;
  holds(
    fc.property(pathWith(LOSS), LIMIT, (path, minMtu) => {
      const found = new SimulatedMtuPath(path).search();
      const result = resultFrom(found, minMtu);
      if (found.end !== 'found') unsettled++;
      const changes = found.changes === 0 ? [] : ['routeChanges'];
      tally.note([...wrongClaims(result, path), ...changes], { path, result });
    }),
    runs,
  );
  tally.requireFew(1);
  assert.ok(unsettled <= runs / 50, `${unsettled} of ${runs} not settled`);
}

/** A search that is stopped claims no more than it knows by then. */
export function claimFewWrongsWhenStopped(runs: number): void {
  const tally = new Tally();
  holds(
    fc.property(pathWith(LOSS), LIMIT, fc.integer({ min: 1, max: 12 }), (path, minMtu, stopAt) => {
      const simulated = new SimulatedMtuPath(path);
      const found = simulated.search((rounds) => (rounds === stopAt ? 'stop' : undefined));
      const result = resultFrom(found, minMtu);
      tally.note(wrongClaims(result, path), { path, result });
    }),
    runs,
  );
  tally.requireFew(1);
}

const CHANGE = fc.oneof(
  fc.record({ forward: LIMIT }),
  fc.record({ backward: LIMIT }),
  fc.record({ own: OWN }),
);

/**
 * A change of the path in any round but the last ones is noticed. Not always: only the limits are tried again at the end, not
 * what a router named above a limit whose direction is unknown.
 */
export function claimFewWrongsAfterAChange(runs: number): void {
  const tally = new Tally();
  holds(
    fc.property(
      pathWith(fc.constant(0)),
      CHANGE,
      fc.integer({ min: 3, max: 12 }),
      (path, change, changeAt) => {
        const simulated = new SimulatedMtuPath(path);
        const found = simulated.search((rounds) => {
          if (rounds === changeAt) simulated.path = { ...path, ...change };
          return undefined;
        });
        const result = resultFrom(found, 1500);
        const now = wrongClaims(result, simulated.path);
        // Too late to be noticed: in the last round, or in the one before it.
        const isLate = changeAt >= simulated.rounds - 2;
        const wrong = isLate && wrongClaims(result, path).length === 0 ? [] : now;
        // What the server learnt before the change is no news after it.
        const told = wrong.filter((field) => field !== 'backward.cause');
        const changes = found.changes > 1 ? ['routeChanges'] : [];
        tally.note(found.end === 'found' ? [...told, ...changes] : [], { path, change, result });
      },
    ),
    runs,
  );
  tally.requireFew(10);
}
