import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance, Random } from '../../src/random.ts';

test('a state moves on as that of the reference implementation does', () => {
  const state = Uint32Array.of(1, 2, 3, 4);
  // From xoshiro128starstar.c 1.1 (Blackman and Vigna), as the Rust crate rand_xoshiro tests it too.
  const reference = [
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
    4258142804,
  ];
  assert.deepEqual(
    reference.map(() => advance(state)),
    reference,
  );
});

test('a seed becomes a state through SplitMix32', () => {
  // By an independent implementation in Python, with integers of any length: SplitMix32 of 0 and 42
  // makes the four words, and the words make these.
  const known = new Map([
    [0, [1789933344, 44971166, 2521387044, 3848737593]],
    [42, [660444221, 3652823732, 77672526, 910233633]],
  ]);
  for (const [seed, words] of known) {
    const random = new Random(seed);
    assert.deepEqual(
      words.map(() => random.nextWord()),
      words,
    );
  }
});

test('the same seed gives the same numbers, and its neighbour gives others', () => {
  const first = new Random(7);
  const same = new Random(7);
  const other = new Random(8);
  const words = Array.from({ length: 100 }, () => first.nextWord());
  assert.deepEqual(
    words.map(() => same.nextWord()),
    words,
  );
  const others = new Set(words.map(() => other.nextWord()));
  assert.ok(!words.some((word) => others.has(word)));
});

test('only the low 32 bits of a seed count', () => {
  assert.equal(new Random(2 ** 32 + 5).nextWord(), new Random(5).nextWord());
  assert.equal(new Random(-1).nextWord(), new Random(2 ** 32 - 1).nextWord());
});

test('numbers lie from 0 up to and not including 1, evenly', () => {
  const random = new Random(1);
  const tenths = new Array<number>(10).fill(0);
  const draws = 100_000;
  for (let draw = 0; draw < draws; draw++) {
    const number = random.next();
    assert.ok(number >= 0 && number < 1);
    const tenth = Math.floor(number * 10);
    tenths[tenth] = tenths[tenth]! + 1;
  }
  // Each tenth expects 10,000, standard deviation √(100,000 × 0.1 × 0.9) = 94.9; five of them.
  for (const count of tenths) assert.ok(Math.abs(count - 10_000) < 475, `${count}`);
});
