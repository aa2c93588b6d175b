import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../src/random.ts';
import { LoopGuard } from '../../../src/server/loop-guard.ts';
import { MadeBatch, type MadeDatagram } from '../../helpers/made-batch.ts';

/** Some moment, in milliseconds since 1970, as the server's clock has it. */
const NOW_MS = 1_764_000_000_000;

const PEER = { address: '192.0.2.7', port: 50_139 };

/** What bounces in a loop: always the same. */
const BALL = new MadeBatch([{ ...PEER, payload: Buffer.from('ping') }]);

function isLoop(guard: LoopGuard, datagram: MadeDatagram, nowMs = NOW_MS): boolean {
  return guard.isLoop(new MadeBatch([datagram]), 0, nowMs);
}

/** How often the guard lets the ball pass until it takes it for a loop's, bouncing each `everyMs`. */
function bouncesUntilCut(guard: LoopGuard, everyMs: number, most: number): number {
  for (let bounce = 0; bounce < most; bounce++) {
    if (guard.isLoop(BALL, 0, NOW_MS + bounce * everyMs)) return bounce;
  }
  return most;
}

test('the same payload of the same peer passes a hundred times, and is then dropped once', () => {
  const guard = new LoopGuard(1);
  for (let round = 0; round < 3; round++) {
    assert.equal(bouncesUntilCut(guard, 0, 1000), 100);
  }
});

test('a loop at the rate of a thousand a second is cut within a second', () => {
  // 1,000 a second and one a second forgotten: the score grows by 0.999 a bounce, and is 100 at the
  // 101st.
  const bounces = bouncesUntilCut(new LoopGuard(1), 1, 1000);
  assert.ok(bounces >= 100 && bounces <= 102, `${bounces}`);
});

test('a program that sends the same once a second or more slowly is never cut', () => {
  for (const everyMs of [1000, 1250, 10_000]) {
    assert.equal(bouncesUntilCut(new LoopGuard(1), everyMs, 10_000), 10_000);
  }
});

test('a loop over a long way is cut in the end', () => {
  // A round trip of 500 ms is 2 a second, of which one is forgotten: 100 after 100 s, 200 bounces.
  const bounces = bouncesUntilCut(new LoopGuard(1), 500, 1000);
  assert.ok(bounces >= 198 && bounces <= 202, `${bounces}`);
});

test('a pause forgets', () => {
  const guard = new LoopGuard(1);
  for (let bounce = 0; bounce < 100; bounce++) assert.equal(guard.isLoop(BALL, 0, NOW_MS), false);
  // A hundred seconds forget a hundred.
  const afterMs = NOW_MS + 100_000;
  for (let bounce = 0; bounce < 100; bounce++) assert.equal(guard.isLoop(BALL, 0, afterMs), false);
  assert.equal(guard.isLoop(BALL, 0, afterMs), true);
});

test('payloads that differ in their first or last 64 bytes are never cut', () => {
  for (const at of [0, 60, 136, 196]) {
    const guard = new LoopGuard(1);
    const payload = Buffer.alloc(200, 0x61);
    for (let number = 0; number < 20_000; number++) {
      payload.writeUInt32BE(number, at);
      assert.equal(isLoop(guard, { ...PEER, payload }), false, `at ${at}`);
    }
  }
});

test('payloads that differ in length alone differ', () => {
  const guard = new LoopGuard(1);
  const zeros = Buffer.alloc(1400);
  for (let round = 0; round < 90; round++) {
    for (let length = 0; length < zeros.length; length += 100) {
      const payload = zeros.subarray(0, length);
      assert.equal(isLoop(guard, { ...PEER, payload }), false);
    }
  }
});

test('the same payload of different peers is no loop', () => {
  const guard = new LoopGuard(1);
  const payload = Buffer.from('ping');
  for (let round = 0; round < 90; round++) {
    for (let host = 1; host < 20; host++) {
      assert.equal(isLoop(guard, { address: `192.0.2.${host}`, port: 50_139, payload }), false);
      assert.equal(isLoop(guard, { address: '192.0.2.7', port: 40_000 + host, payload }), false);
      assert.equal(isLoop(guard, { address: `2001:db8::${host}`, port: 7000, payload }), false);
    }
  }
});

test('an empty payload can loop too', () => {
  const guard = new LoopGuard(1);
  for (let bounce = 0; bounce < 100; bounce++) assert.equal(isLoop(guard, PEER), false);
  assert.equal(isLoop(guard, PEER), true);
});

test('a loop among other traffic is found, and the other traffic left alone', () => {
  const guard = new LoopGuard(1);
  const random = new Random(1);
  const payload = Buffer.alloc(8);
  for (let bounce = 0; ; bounce++) {
    if (guard.isLoop(BALL, 0, NOW_MS + bounce)) {
      // A hundred strangers between two bounces, over 4,096 entries: one in 41 bounces meets the
      // loop's entry and wears it down by one. So 100 need about 104, and 120 are plenty.
      assert.ok(bounce <= 120, `${bounce} bounces`);
      return;
    }
    assert.ok(bounce <= 120, `still not cut after ${bounce} bounces`);
    for (let stranger = 0; stranger < 100; stranger++) {
      payload.writeUInt32BE(random.nextWord(), 0);
      assert.equal(isLoop(guard, { ...PEER, payload }, NOW_MS + bounce), false);
    }
  }
});

test('a loop is found whatever the salt is', () => {
  for (let salt = 0; salt < 200; salt++) {
    assert.equal(bouncesUntilCut(new LoopGuard(salt), 0, 1000), 100);
  }
});

test('an entry of a batch is judged by its own payload', () => {
  const guard = new LoopGuard(1);
  const numbered = (number: number): MadeDatagram => ({
    ...PEER,
    payload: Buffer.from([number >> 8, number & 255]),
  });
  for (let round = 0; round < 100; round++) {
    const batch = new MadeBatch([numbered(round), { ...PEER, payload: Buffer.from('ping') }]);
    assert.equal(guard.isLoop(batch, 0, NOW_MS), false);
    assert.equal(guard.isLoop(batch, 1, NOW_MS), false);
  }
  const batch = new MadeBatch([numbered(100), { ...PEER, payload: Buffer.from('ping') }]);
  assert.equal(guard.isLoop(batch, 0, NOW_MS), false);
  assert.equal(guard.isLoop(batch, 1, NOW_MS), true);
});

test('a loop is known by what stays, where the service changes octets in each round', () => {
  const changing = { from: 4, to: 20 };
  const round = (number: number, octets: number): MadeBatch => {
    const payload = Buffer.alloc(octets, 7);
    payload.writeUInt32BE(number, 4);
    return new MadeBatch([{ ...PEER, payload }]);
  };
  const cutAfter = (octets: number): number => {
    const guard = new LoopGuard(1);
    for (let bounce = 0; bounce < 200; bounce++) {
      if (guard.isLoop(round(bounce, octets), 0, NOW_MS, changing)) return bounce;
    }
    return 200;
  };
  // What is too short for the service to change has no octets to look past.
  assert.deepEqual([24, 20, 19].map(cutAfter), [100, 100, 200]);
});
