import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  InFlight,
  MAX_CAPACITY,
  OUTCOME,
  ringCapacity,
} from '../../../../src/client/session/in-flight.ts';

test('a probe is remembered with its times until it is settled', () => {
  const inFlight = new InFlight(8);
  inFlight.add(3, 300, 301);
  assert.equal(inFlight.outcomeOf(3), OUTCOME.pending);
  assert.deepEqual([inFlight.intendedNsOf(3), inFlight.sentNsOf(3)], [300, 301]);
  inFlight.settleReceived(3, 42);
  assert.deepEqual([inFlight.outcomeOf(3), inFlight.rttNsOf(3)], [OUTCOME.received, 42]);
});

test('a sequence number that was never added has no outcome, sequence 0 among them', () => {
  const inFlight = new InFlight(8);
  for (const sequence of [0, 1, 7, 8, 2 ** 32, 2 ** 53 - 1]) {
    assert.equal(inFlight.outcomeOf(sequence), OUTCOME.none);
  }
});

test('a probe is remembered until the one a whole ring later takes its place', () => {
  const inFlight = new InFlight(8);
  for (let sequence = 0; sequence < 8; sequence++) inFlight.add(sequence, sequence, sequence);
  for (let sequence = 0; sequence < 8; sequence++) {
    assert.equal(inFlight.outcomeOf(sequence), OUTCOME.pending);
  }
  inFlight.settle(1, OUTCOME.lost);
  inFlight.add(8, 8, 8);
  assert.equal(inFlight.outcomeOf(0), OUTCOME.none);
  assert.equal(inFlight.outcomeOf(8), OUTCOME.pending);
  assert.equal(inFlight.outcomeOf(1), OUTCOME.lost);
});

test('a place that is taken anew begins as pending, whatever it was', () => {
  const inFlight = new InFlight(8);
  inFlight.add(5, 0, 0);
  inFlight.settleReceived(5, 1);
  inFlight.add(13, 0, 0);
  assert.equal(inFlight.outcomeOf(13), OUTCOME.pending);
  assert.equal(inFlight.outcomeOf(5), OUTCOME.none);
});

test('numbers around 2^31, 2^32 and up to 2^53 keep their places apart', () => {
  for (const first of [2 ** 31 - 4, 2 ** 32 - 4, 2 ** 53 - 9]) {
    const inFlight = new InFlight(8);
    const sequences = Array.from({ length: 8 }, (_, index) => first + index);
    for (const sequence of sequences) inFlight.add(sequence, 0, sequence);
    for (const sequence of sequences) {
      assert.equal(inFlight.outcomeOf(sequence), OUTCOME.pending);
      assert.equal(inFlight.sentNsOf(sequence), sequence);
      // The number that 32 bits would make of it is another probe's.
      if (sequence >= 2 ** 32) assert.equal(inFlight.outcomeOf(sequence % 2 ** 32), OUTCOME.none);
    }
  }
});

for (const [ratePps, timeoutMs, capacity] of [
  // The least, which is 17 minutes of one probe a second.
  [1, 1000, 1024],
  // 500 × (0.5 + 10) = 5250, so 2^13.
  [500, 500, 8192],
  // 10,000 × (1 + 10) = 110,000, so 2^17.
  [10_000, 1000, 131_072],
  // 1,000,000 × 11 would be 2^24: the most.
  [1_000_000, 1000, 1_048_576],
] as const) {
  test(`${ratePps} probes a second with a timeout of ${timeoutMs} ms take a ring of ${capacity}`, () => {
    assert.equal(ringCapacity(ratePps, timeoutMs * 1e6), capacity);
    assert.ok(capacity <= MAX_CAPACITY);
  });
}

test('a ring has room for no more probes than are sent', () => {
  // 5,000 of the 2,200,000 that 200,000 a second would need: 2^13.
  assert.equal(ringCapacity(200_000, 1e9, 5000), 8192);
  assert.equal(ringCapacity(200_000, 1e9, 3), 1024);
});
