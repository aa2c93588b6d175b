import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../src/random.ts';
import { LIMITER_BYTES, SourceLimiter } from '../../../src/server/source-limiter.ts';
import { parseAddress } from '../../../src/socket/ip-address.ts';

/** Some moment, in milliseconds since 1970, as the server's clock has it. */
const NOW_MS = 1_764_000_000_000;

interface Made {
  readonly limiter: SourceLimiter;
  readonly memory: SharedArrayBuffer;
  /** How many of so many datagrams the source gets, so long after the start. */
  readonly take: (address: string, datagrams: number, afterMs?: number) => number;
}

function limiterWith({
  ratePps = 1000,
  burst = 200,
  salt = 1,
  memory = new SharedArrayBuffer(LIMITER_BYTES),
} = {}): Made {
  const limiter = new SourceLimiter({ ratePps, burst, salt, memory });
  const take: Made['take'] = (address, datagrams, afterMs = 0) =>
    limiter.take(parseAddress(address)!, 0, datagrams, NOW_MS + afterMs);
  return { limiter, memory, take };
}

test('a quiet source may send its burst at once, and no more', () => {
  const { take } = limiterWith();
  for (let datagram = 0; datagram < 200; datagram++) assert.equal(take('192.0.2.7', 1), 1);
  assert.equal(take('192.0.2.7', 1), 0);
});

test('tokens come back at the rate, and never beyond the burst', () => {
  const { take } = limiterWith({ ratePps: 1000, burst: 200 });
  // By hand: 1,000 a second is one each millisecond.
  assert.equal(take('192.0.2.7', 200), 200);
  assert.equal(take('192.0.2.7', 9, 1), 1);
  assert.equal(take('192.0.2.7', 9, 1.5), 0); // half a token
  assert.equal(take('192.0.2.7', 9, 2), 1);
  assert.equal(take('192.0.2.7', 999, 52), 50);
  assert.equal(take('192.0.2.7', 999, 3_600_000), 200);
});

test('parts of a token are kept: a slow rate is exact over time', () => {
  const { take } = limiterWith({ ratePps: 4, burst: 1 });
  // One token each 250 ms; asked each 50 ms over ten seconds: the first at once, then forty more.
  let taken = 0;
  for (let afterMs = 0; afterMs <= 10_000; afterMs += 50) taken += take('192.0.2.7', 1, afterMs);
  assert.equal(taken, 41);
});

test('of a run that is longer than what is left, the rest is refused', () => {
  const { take } = limiterWith({ burst: 10 });
  assert.equal(take('192.0.2.7', 7), 7);
  assert.equal(take('192.0.2.7', 7), 3);
  assert.equal(take('192.0.2.7', 7), 0);
});

test('a clock that steps back gives nothing and takes nothing', () => {
  const { take } = limiterWith({ burst: 10 });
  assert.equal(take('192.0.2.7', 6), 6);
  assert.equal(take('192.0.2.7', 6, -5000), 4);
  assert.equal(take('192.0.2.7', 6, -5000), 0);
});

const PAIRS: readonly [one: string, other: string, isOneSource: boolean][] = [
  ['192.0.2.7', '192.0.2.8', false],
  ['192.0.2.7', '::ffff:192.0.2.7', true],
  ['192.0.2.7', '::192.0.2.7', false],
  ['2001:db8:0:1100::1', '2001:db8:0:11ff:ffff:ffff:ffff:ffff', true], // the last of its /56
  ['2001:db8:0:1100::1', '2001:db8:0:1200::1', false], // the next /56
  ['2001:db8::1', '2001:db9::1', false],
  ['::1', '::2', true], // both in ::/56
];

for (const [one, other, isOneSource] of PAIRS) {
  test(`${one} and ${other} are ${isOneSource ? 'one source' : 'two sources'}`, () => {
    const { take } = limiterWith({ burst: 10 });
    assert.equal(take(one, 10), 10);
    assert.equal(take(other, 10), isOneSource ? 0 : 10);
  });
}

test('the address is read at the place given', () => {
  const { limiter } = limiterWith({ burst: 1 });
  const words = new Uint32Array(8);
  words.set(parseAddress('192.0.2.7')!, 0);
  words.set(parseAddress('192.0.2.8')!, 4);
  assert.equal(limiter.take(words, 0, 1, NOW_MS), 1);
  assert.equal(limiter.take(words, 4, 1, NOW_MS), 1);
  assert.equal(limiter.take(words, 4, 1, NOW_MS), 0);
});

test('two limiters on the same memory, as two threads have, count together', () => {
  const { take, memory } = limiterWith({ burst: 10 });
  const other = limiterWith({ burst: 10, memory });
  assert.equal(take('192.0.2.7', 6), 6);
  assert.equal(other.take('192.0.2.7', 6), 4);
});

/** Random IPv4 sources, each of which sends `datagrams` once. */
function flood(limiter: SourceLimiter, sources: number, datagrams: number, seed: number): number {
  const random = new Random(seed);
  const words = Uint32Array.of(0, 0, 0xffff, 0);
  let answered = 0;
  for (let source = 0; source < sources; source++) {
    words[3] = random.nextWord();
    answered += limiter.take(words, 0, datagrams, NOW_MS);
  }
  return answered;
}

test('a million sources take no more memory than one, and get what they may', () => {
  const { limiter, memory } = limiterWith();
  const answered = flood(limiter, 1_000_000, 1, 1);
  assert.equal(memory.byteLength, LIMITER_BYTES);
  // 1.25 MiB: 65,536 entries of 4 + 8 + 8 bytes.
  assert.equal(LIMITER_BYTES, 1_310_720);
  assert.equal(answered, 1_000_000);
});

test('a million sources do not free one that has used up its share', () => {
  const { limiter, take } = limiterWith();
  assert.equal(take('192.0.2.7', 200), 200);
  // Of its set, the strangers' buckets are the fuller ones, and forgetting those forgets least.
  flood(limiter, 1_000_000, 1, 2);
  assert.equal(take('192.0.2.7', 1), 0);
});

test('a million sources that use up their share hurt neither a quiet one nor a new one', () => {
  const { limiter, take } = limiterWith();
  assert.equal(take('192.0.2.7', 1), 1);
  flood(limiter, 1_000_000, 200, 3);
  assert.equal(take('192.0.2.7', 199), 199);
  assert.equal(take('198.51.100.7', 200), 200);
});

test('which sources meet in a set is decided by the salt, which nobody outside knows', () => {
  const forgottenWith = (salt: number): readonly number[] => {
    const { limiter } = limiterWith({ salt });
    const words = Uint32Array.of(0, 0, 0xffff, 0);
    const sources = Array.from({ length: 70_000 }, (_, at) => 0x0a00_0000 + at);
    const take = (source: number, datagrams: number): number => {
      words[3] = source;
      return limiter.take(words, 0, datagrams, NOW_MS);
    };
    for (const source of sources) take(source, 200);
    return sources.filter((source) => take(source, 1) === 1);
  };
  // 70,000 sources in 65,536 entries: some must be forgotten, and answered anew.
  const [one, other] = [forgottenWith(1), forgottenWith(2)];
  assert.ok(one.length >= 70_000 - 65_536 && other.length >= 70_000 - 65_536);
  assert.notDeepEqual(one, other);
});
