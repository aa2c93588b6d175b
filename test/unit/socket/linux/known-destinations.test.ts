import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mix } from '../../../../src/random.ts';
import { parseAddress } from '../../../../src/socket/ip-address.ts';
import {
  KnownDestinations,
  NOT_REMEMBERED,
} from '../../../../src/socket/linux/known-destinations.ts';
import { holds } from '../../../helpers/property.ts';

const CLIENT = parseAddress('10.77.0.1')!;

/** The n-th of many addresses. */
function stranger(number: number): Uint32Array {
  return Uint32Array.of(0, 0, 0xffff, 0x0b00_0000 + number);
}

test('a destination is reached for a second after a reply left for it', () => {
  const known = new KnownDestinations(1);
  const entry = known.entryOf(CLIENT, 0, 0, 10_000);
  assert.equal(known.isReached(entry, 10_000), false);
  known.reach(entry, 10_000);
  assert.equal(known.isReached(entry, 10_999), true);
  assert.equal(known.isReached(entry, 11_000), false);
  assert.equal(known.wasReached(entry), true);
});

test('one whose reply never left is unknown again', () => {
  const known = new KnownDestinations(1);
  const entry = known.entryOf(CLIENT, 0, 0, 10_000);
  known.reach(entry, 10_000);
  known.wait(entry);
  assert.equal(known.isWaiting(entry), true);
  known.forget(entry);
  assert.deepEqual([known.isWaiting(entry), known.wasReached(entry)], [false, false]);
});

test('a link-local address is another destination in each zone', () => {
  const known = new KnownDestinations(1);
  const address = parseAddress('fe80::1')!;
  known.reach(known.entryOf(address, 0, 2, 10_000), 10_000);
  assert.equal(known.isReached(known.entryOf(address, 0, 3, 10_000), 10_000), false);
  assert.equal(known.isReached(known.entryOf(address, 0, 2, 10_000), 10_000), true);
});

test('a client is not forgotten for any number of addresses that come once', () => {
  const known = new KnownDestinations(1);
  known.reach(known.entryOf(CLIENT, 0, 0, 10_000), 10_000);
  // Reached a second time: a client.
  known.reach(known.entryOf(CLIENT, 0, 0, 11_000), 11_000);
  for (let number = 0; number < 200_000; number++) {
    const entry = known.entryOf(stranger(number), 0, 0, 11_500);
    if (number % 2 === 0) known.reach(entry, 11_500);
    else known.wait(entry);
  }
  assert.equal(known.isReached(known.entryOf(CLIENT, 0, 0, 11_900), 11_900), true);
});

test('where every place is taken by one whose reply waits, a destination is not remembered', () => {
  const known = new KnownDestinations(1);
  let number = 0;
  for (; number < 200_000; number++) {
    const entry = known.entryOf(stranger(number), 0, 0, 10_000);
    if (entry === NOT_REMEMBERED) break;
    known.wait(entry);
  }
  assert.ok(number < 200_000, 'the table has no bound');
  known.reach(NOT_REMEMBERED, 10_000);
  known.wait(NOT_REMEMBERED);
  known.forget(NOT_REMEMBERED);
  assert.equal(known.isReached(NOT_REMEMBERED, 10_000), false);
  assert.equal(known.isWaiting(NOT_REMEMBERED), false);
});

test('says of no destination more than a table without bounds would', () => {
  const step = fc.record({
    number: fc.nat(40),
    act: fc.constantFrom('reach', 'wait', 'forget', 'look'),
    afterMs: fc.nat(700),
  });
  holds(
    fc.property(fc.nat(), fc.array(step, { maxLength: 200, size: 'max' }), (salt, steps) => {
      const known = new KnownDestinations(salt);
      const reachedAtMs = new Map<number, number>();
      let nowMs = 1000;
      for (const { number, act, afterMs } of steps) {
        nowMs += afterMs;
        const entry = known.entryOf(stranger(number), 0, 0, nowMs);
        const model = reachedAtMs.get(number) ?? -Infinity;
        // Forty addresses have room enough: nothing is forgotten either.
        assert.equal(known.isReached(entry, nowMs), nowMs - model < 1000);
        if (act === 'reach') reachedAtMs.set(number, nowMs);
        if (act === 'forget') reachedAtMs.delete(number);
        if (act !== 'look') known[act](entry, nowMs);
      }
    }),
    200,
  );
});

/** Strangers that fall into the first one's set, as somebody who knew the salt would seek them. */
function matesOf(salt: number, count: number): readonly Uint32Array[] {
  // 4,096 sets.
  const setOf = (words: Uint32Array): number =>
    words.reduce((hash, word) => mix(hash ^ word), mix(salt)) & 0xfff;
  const mates = [stranger(0)];
  for (let number = 1; mates.length < count; number++) {
    if (setOf(stranger(number)) === setOf(mates[0]!)) mates.push(stranger(number));
  }
  return mates;
}

/** What must be known of a destination, and may not be forgotten while it is `isKept`. */
class ModelDestination {
  isWaiting = false;
  isEstablished = false;
  isRemembered = false;
  usedAtMs = -Infinity;
  reachedAtMs = -Infinity;

  isKept(nowMs: number): boolean {
    if (!this.isRemembered) return false;
    return this.isWaiting || (this.isEstablished && nowMs - this.usedAtMs < 30_000);
  }

  forget(): void {
    this.isWaiting = false;
    this.isEstablished = false;
    this.reachedAtMs = -Infinity;
  }

  act(act: 'reach' | 'wait' | 'forget' | 'look', nowMs: number): void {
    if (act === 'forget') this.forget();
    if (act === 'wait') this.isWaiting = true;
    if (act !== 'reach') return;
    this.isEstablished ||= this.reachedAtMs > 0;
    this.reachedAtMs = nowMs;
    this.isWaiting = false;
  }
}

/** Looks for a destination and does that, as a sender does; checks what was known of it before. */
function step(
  known: KnownDestinations,
  words: Uint32Array,
  model: ModelDestination,
  act: 'reach' | 'wait' | 'forget' | 'look',
  nowMs: number,
): void {
  const isKept = model.isKept(nowMs);
  const entry = known.entryOf(words, 0, 0, nowMs);
  const isReached = known.isReached(entry, nowMs);
  if (isKept) {
    assert.equal(isReached, nowMs - model.reachedAtMs < 1000);
    assert.equal(known.isWaiting(entry), model.isWaiting);
    assert.equal(known.wasReached(entry), model.reachedAtMs > 0);
  } else {
    assert.ok(!isReached || nowMs - model.reachedAtMs < 1000, 'a stranger is taken for another');
    // It may have been forgotten meanwhile.
    if (!known.wasReached(entry)) model.forget();
  }
  model.isRemembered = entry !== NOT_REMEMBERED;
  model.usedAtMs = nowMs;
  // A sender asks nothing of one that was reached within the second.
  if (!model.isRemembered || act === 'look' || (act === 'reach' && isReached)) return;
  known[act](entry, nowMs);
  model.act(act, nowMs);
}

test('in a set that strangers fill on purpose, clients and what waits are kept', () => {
  const acts = fc.record({
    who: fc.nat(9),
    act: fc.constantFrom('reach', 'reach', 'reach', 'wait', 'look', 'look', 'forget'),
    afterMs: fc.constantFrom(0, 0, 1, 300, 300, 999, 1000, 1000, 5000, 29_999),
  });
  let kept = 0;
  holds(
    fc.property(fc.nat(20), fc.array(acts, { maxLength: 200, size: 'max' }), (salt, sequence) => {
      const known = new KnownDestinations(salt);
      const mates = matesOf(salt, 10).map((words) => ({ words, model: new ModelDestination() }));
      let nowMs = 1000;
      for (const { who, act, afterMs } of sequence) {
        nowMs += afterMs;
        const { words, model } = mates[who]!;
        if (model.isKept(nowMs)) kept++;
        step(known, words, model, act, nowMs);
      }
    }),
    150,
  );
  assert.ok(kept > 1000, `${kept} were kept`);
});
