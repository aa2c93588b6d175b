import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mix, Random } from '../../../src/random.ts';
import { LoopGuard } from '../../../src/server/loop-guard.ts';
import { xxHash32 } from '../../../src/server/xxhash32.ts';
import { livesOf, longestLifeMs, numbered } from '../../helpers/echo-loops.ts';
import { MadeBatch, type MadeDatagram } from '../../helpers/made-batch.ts';
import { holds } from '../../helpers/property.ts';

/** Some moment, in milliseconds since 1970, as the server's clock has it. */
const NOW_MS = 1_764_000_000_000;

const PEER = { address: '192.0.2.7', port: 50_139 };

/** What bounces in a loop: always the same. */
const BALL = new MadeBatch([{ ...PEER, payload: Buffer.from('ping') }]);

/** As of a server with the default limits. */
function guardWith({ salt = 1, ratePps = 100_000 } = {}): LoopGuard {
  return new LoopGuard({ salt, ratePps, startMs: NOW_MS });
}

function isLoop(guard: LoopGuard, datagram: MadeDatagram, nowMs = NOW_MS): boolean {
  return guard.isLoop(new MadeBatch([datagram]), 0, 0, nowMs);
}

/** How many times the guard lets the ball pass until it takes it for a loop's, bouncing each `everyMs`. */
function bouncesUntilCut(
  guard: LoopGuard,
  everyMs: number,
  most: number,
  startMs = NOW_MS,
): number {
  for (let bounce = 0; bounce < most; bounce++) {
    if (guard.isLoop(BALL, 0, 0, startMs + bounce * everyMs)) return bounce;
  }
  return most;
}

test('the same payload of the same peer passes a hundred times, then not for a second', () => {
  const guard = guardWith();
  for (let round = 0; round < 3; round++) {
    const startMs = NOW_MS + round * 1100;
    const passed = bouncesUntilCut(guard, 0, 1000, startMs);
    // Whoever goes on at once begins with the eight that the crowd remembers.
    assert.ok(round === 0 ? passed === 100 : passed >= 92, `${passed}`);
    for (const afterMs of [0, 1, 500, 999]) {
      assert.equal(guard.isLoop(BALL, 0, 0, startMs + afterMs), true, `after ${afterMs} ms`);
    }
  }
});

test('a loop at the rate of a thousand a second is cut within a second', () => {
  // 1,000 a second and one a second forgotten: the score grows by 0.999 a bounce, and is 100 at the
  // 101st.
  const bounces = bouncesUntilCut(guardWith(), 1, 1000);
  assert.ok(bounces >= 100 && bounces <= 102, `${bounces}`);
});

test('a program that sends the same once a second or more slowly is never cut', () => {
  for (const everyMs of [1000, 1250, 10_000]) {
    assert.equal(bouncesUntilCut(guardWith(), everyMs, 10_000), 10_000);
  }
});

test('a loop over a long way is cut in the end', () => {
  // A round trip of 500 ms is 2 a second, of which one is forgotten: 100 after 100 s, 200 bounces.
  const bounces = bouncesUntilCut(guardWith(), 500, 1000);
  assert.ok(bounces >= 198 && bounces <= 202, `${bounces}`);
});

// By hand: the first scores one, and each round of T seconds adds 1 - T, so that 1 + 99 / (1 - T) score
// no more than a hundred.
for (const [roundMs, rounds] of [
  [100, 111],
  [900, 991],
  [937, 1572],
  [938, 1597],
  [950, 1981],
  [990, 9901],
] as const) {
  test(`a loop whose round takes ${roundMs} ms is cut after ${rounds} rounds`, () => {
    const bounces = bouncesUntilCut(guardWith(), roundMs, 2 * rounds);
    // The clock may be late by a sixteenth of a second, which so many rounds make good.
    const late = 1 / 16 / (1 - roundMs / 1000);
    assert.ok(Math.abs(bounces - rounds) <= 1 + late, `${bounces}`);
  });
}

test('a pause forgets', () => {
  const guard = guardWith();
  for (let bounce = 0; bounce < 100; bounce++)
    assert.equal(guard.isLoop(BALL, 0, 0, NOW_MS), false);
  // A hundred seconds forget a hundred.
  const afterMs = NOW_MS + 100_000;
  for (let bounce = 0; bounce < 100; bounce++)
    assert.equal(guard.isLoop(BALL, 0, 0, afterMs), false);
  assert.equal(guard.isLoop(BALL, 0, 0, afterMs), true);
});

test('payloads that differ anywhere are never cut', () => {
  for (const at of [0, 60, 98, 136, 195, 196]) {
    const guard = guardWith();
    const payload = Buffer.alloc(200, 0x61);
    for (let number = 0; number < 5000; number++) {
      payload.writeUInt32BE(number, at);
      assert.equal(isLoop(guard, { ...PEER, payload }), false, `at ${at}`);
    }
  }
});

test('payloads that differ in length alone differ', () => {
  const guard = guardWith();
  const zeros = Buffer.alloc(1400);
  for (let round = 0; round < 90; round++) {
    for (let length = 0; length < zeros.length; length += 100) {
      const payload = zeros.subarray(0, length);
      assert.equal(isLoop(guard, { ...PEER, payload }), false);
    }
  }
});

test('the same payload of different peers is no loop', () => {
  const guard = guardWith();
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
  const guard = guardWith();
  for (let bounce = 0; bounce < 100; bounce++) assert.equal(isLoop(guard, PEER), false);
  assert.equal(isLoop(guard, PEER), true);
});

test('a loop among other traffic is cut as if it were alone, and the other traffic left alone', () => {
  // The smallest table there is forgets 7,168 a second; 100,000 a second are far too many for it.
  for (const [ratePps, strangersPerMs] of [
    [1, 5],
    [100_000, 100],
  ] as const) {
    const guard = guardWith({ ratePps });
    const random = new Random(1);
    const payload = Buffer.alloc(8);
    const batch = new MadeBatch([{ ...PEER, payload }]);
    let bounce = 0;
    while (!guard.isLoop(BALL, 0, 0, NOW_MS + bounce)) {
      for (let stranger = 0; stranger < strangersPerMs; stranger++) {
        batch.arena.writeUInt32BE(random.nextWord(), 0);
        assert.equal(guard.isLoop(batch, 0, 0, NOW_MS + bounce), false);
      }
      bounce++;
    }
    assert.ok(bounce >= 100 && bounce <= 102, `${bounce} bounces`);
  }
});

test('copies of one datagram end together, however many they are', () => {
  // By hand: at a round of 100 ms each copy adds 10 a second, so a hundred copies fill the hundred in
  // their first round; one alone needs 111 rounds.
  for (const [copies, rounds] of [
    [1, 111],
    [10, 11],
    [100, 1],
    [5000, 0],
  ] as const) {
    const guard = guardWith();
    const startsMs = Array.from({ length: copies }, (_, copy) => copy / copies);
    const lives = livesOf(
      guard,
      startsMs.map((startMs) => ({ startMs, roundMs: 100, batch: BALL })),
    );
    assert.ok(Math.max(...lives) <= (rounds + 1) * 100 + 1, `${copies}: ${Math.max(...lives)} ms`);
  }
});

test('no number of loops keeps one of them alive for longer than it would live alone', () => {
  const roundsMs = fc.integer({ min: 1, max: 250 });
  const peers = fc.integer({ min: 1, max: 60_000 });
  const inputs = fc.record({
    salt: fc.nat(),
    roundsMs: fc.array(roundsMs, { minLength: 1, maxLength: 8 }),
    peers: fc.array(peers, { minLength: 1, maxLength: 8 }),
    // Nine keys a set of the smallest table, of which a set follows seven.
    loops: fc.integer({ min: 1, max: 9000 }),
    spreadMs: fc.integer({ min: 0, max: 3000 }),
  });
  holds(
    fc.property(inputs, ({ salt, roundsMs, peers, loops, spreadMs }) => {
      const guard = guardWith({ salt, ratePps: 1 });
      const made = Array.from({ length: loops }, (_, number) => ({
        startMs: (number * spreadMs) / loops,
        roundMs: roundsMs[number % roundsMs.length]!,
        batch: numbered(number, peers[number % peers.length]!),
      }));
      const lives = livesOf(guard, made);
      return made.every(({ roundMs }, number) => lives[number]! <= longestLifeMs(roundMs));
    }),
    3,
  );
});

test('a loop is found whatever the salt is', () => {
  for (let salt = 0; salt < 200; salt++) {
    assert.equal(bouncesUntilCut(guardWith({ salt }), 0, 1000), 100);
  }
});

test('an entry of a batch is judged by its own payload', () => {
  const guard = guardWith();
  const numbered = (number: number): MadeDatagram => ({
    ...PEER,
    payload: Buffer.from([number >> 8, number & 255]),
  });
  for (let round = 0; round < 100; round++) {
    const batch = new MadeBatch([numbered(round), { ...PEER, payload: Buffer.from('ping') }]);
    assert.equal(guard.isLoop(batch, 0, 0, NOW_MS), false);
    assert.equal(guard.isLoop(batch, 1, 0, NOW_MS), false);
  }
  const batch = new MadeBatch([numbered(100), { ...PEER, payload: Buffer.from('ping') }]);
  assert.equal(guard.isLoop(batch, 0, 0, NOW_MS), false);
  assert.equal(guard.isLoop(batch, 1, 0, NOW_MS), true);
});

test('a loop is known by what stays, where the service changes octets in each round', () => {
  const changing = { from: 4, to: 20 };
  const round = (number: number, octets: number): MadeBatch => {
    const payload = Buffer.alloc(octets, 7);
    payload.writeUInt32BE(number, 4);
    return new MadeBatch([{ ...PEER, payload }]);
  };
  const cutAfter = (octets: number): number => {
    const guard = guardWith();
    for (let bounce = 0; bounce < 200; bounce++) {
      if (guard.isLoop(round(bounce, octets), 0, 0, NOW_MS, changing)) return bounce;
    }
    return 200;
  };
  // What is too short for the service to change has no octets to look past.
  assert.deepEqual([24, 20, 19].map(cutAfter), [100, 100, 200]);
});

test('a loop is cut after years as on the first day', () => {
  // A word of the tables holds 2^31 sixteenths of a second; everything is forgotten at 2^30, after two years.
  const tickMs = 62.5;
  for (const ticks of [2 ** 30, 2 ** 31 - 50, 2 ** 31, 2 ** 32 - 50, 2 ** 33]) {
    const bounces = bouncesUntilCut(guardWith(), 1, 1000, NOW_MS + ticks * tickMs);
    assert.ok(bounces >= 100 && bounces <= 102, `${bounces} after ${ticks} ticks`);
  }
  // What goes round meanwhile begins anew.
  const bounces = bouncesUntilCut(guardWith(), 1, 1000, NOW_MS + (2 ** 30 - 1) * tickMs);
  assert.ok(bounces >= 100 && bounces <= 102 + tickMs, `${bounces}`);
});

test('a payload that lost its place gets no second hundred in that of one that was cut', () => {
  const guard = guardWith({ ratePps: 1 });
  const [lost, cut, newcomer, ...others] = ofOneSet(8);
  /** How many of so many pass. */
  const repeat = (batch: MadeBatch, times: number, afterMs = 0): number => {
    let passed = 0;
    for (let time = 0; time < times; time++) {
      if (!guard.isLoop(batch, 0, 0, NOW_MS + afterMs)) passed++;
    }
    return passed;
  };
  repeat(lost!, 60);
  for (const other of others) repeat(other, 70);
  assert.equal(repeat(cut!, 101), 100);
  // Seven places are taken: the eighth payload takes that of the least score.
  repeat(newcomer!, 20);
  // By then it is forgotten that it was cut; but not that somebody with a score of 60 may be among the lost.
  assert.equal(repeat(cut!, 3, 1125), 3);
  const again = repeat(lost!, 100, 1125);
  assert.ok(60 + again <= 102, `${again} more`);
});

/** Payloads that meet in one set of the smallest table, where the salt is 1, and in the crowd don't. */
function ofOneSet(count: number): MadeBatch[] {
  const found: MadeBatch[] = [];
  const cells = new Set<number>();
  for (let number = 0; found.length < count; number++) {
    const batch = new MadeBatch([{ ...PEER, payload: Buffer.from(`number ${number}`) }]);
    let peer = 1 ^ PEER.port;
    for (const word of batch.sourceWords) peer = mix(peer ^ word);
    const { buffer, byteOffset, byteLength } = batch.arena;
    const key = xxHash32(new DataView(buffer, byteOffset, byteLength), 0, byteLength, peer);
    const cell = key >>> 22;
    if ((key & 1023) !== 7 || cells.has(cell)) continue;
    cells.add(cell);
    found.push(batch);
  }
  return found;
}
