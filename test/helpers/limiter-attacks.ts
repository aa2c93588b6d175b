// Strangers against the limit of each source: what they do, and what must hold whatever that is.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mix } from '../../src/random.ts';
import { sourceHigh, sourceLow } from '../../src/socket/source-key.ts';
import { LIMITER_BYTES, SourceLimiter } from '../../src/server/source-limiter.ts';
import { ModelBuckets, WorstWindow } from './model-buckets.ts';

/** Some moment, in milliseconds since 1970, as the server's clock has it. */
const START_MS = 1_764_000_000_000;

/** The table, as it lies in memory: tokens, times, tags. */
const ENTRIES = 65_536;
const WAYS = 4;

/** Sources that meet in one set. */
const MATES = 12;

/** Numbers from this one on are of sources that meet in no set on purpose. */
const FIRST_STRANGER = 1000;

/** For rounding, in datagrams. */
const NEARLY = 1e-6;

interface Attack {
  /** Those that meet in one set, the honest one's; a few that have no set in common; or new ones. */
  readonly by: 'mates' | 'few' | 'strangers';
  readonly first: number;
  readonly sources: number;
  readonly datagrams: number;
  readonly laterMs: number;
}

const ATTACK: fc.Arbitrary<Attack> = fc
  .record({
    by: fc.constantFrom('mates', 'mates', 'few', 'strangers'),
    first: fc.nat(MATES - 1),
    share: fc.integer({ min: 1, max: 1000 }),
    datagrams: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 400 })),
    laterMs: fc.constantFrom(0, 0, 0, 0.25, 1, 7, 50, 1000, 3_600_000),
  })
  .map(({ by, share, ...rest }): Attack => {
    const sources = {
      mates: 1 + (share % (2 * MATES)),
      few: 1 + (share % 4),
      strangers: 5 * share,
    };
    return { ...rest, by, sources: sources[by] };
  });

export interface Attacks {
  readonly salt: number;
  readonly ratePps: number;
  readonly burst: number;
  readonly attacks: readonly Attack[];
}

export const ATTACKS: fc.Arbitrary<Attacks> = fc.record({
  salt: fc.nat(),
  ratePps: fc.constantFrom(1, 3, 1000),
  burst: fc.constantFrom(1, 7, 200),
  attacks: fc.array(ATTACK, { minLength: 1, maxLength: 40, size: 'max' }),
});

/** A limiter, beside it the model, and the honest source, which asks for what the model would give it. */
class Contest {
  /** How many times a source was forgotten. */
  forgotten = 0;
  readonly #salt: number;
  readonly #ratePps: number;
  readonly #burst: number;
  readonly #limiter: SourceLimiter;
  readonly #memory = new SharedArrayBuffer(LIMITER_BYTES);
  readonly #tokens = new Float64Array(this.#memory, 0, ENTRIES);
  readonly #times = new Float64Array(this.#memory, ENTRIES * 8, ENTRIES);
  readonly #tags = new Uint32Array(this.#memory, ENTRIES * 16, ENTRIES);
  readonly #model: ModelBuckets;
  readonly #windows = new Map<number, WorstWindow>();
  /** How many more each source has been answered than the model would have. */
  readonly #ahead = new Map<number, number>();
  /** Which source has an entry. */
  readonly #owners = new Map<number, number>();
  readonly #mates: readonly Uint32Array[];
  #asked = 0;
  #nowMs = START_MS;

  constructor(salt: number, ratePps: number, burst: number) {
    this.#salt = salt;
    this.#ratePps = ratePps;
    this.#burst = burst;
    this.#limiter = new SourceLimiter({ ratePps, burst, salt, memory: this.#memory });
    this.#model = new ModelBuckets(ratePps, burst);
    this.#mates = matesOf(salt);
  }

  attack({ by, first, sources, datagrams, laterMs }: Attack): void {
    this.#nowMs += laterMs;
    for (let each = 0; each < sources; each++) {
      if (by === 'mates') this.#ask(1 + ((first + each) % (MATES - 1)), datagrams);
      if (by === 'few') this.#ask(FIRST_STRANGER - 1 - first - (each % 2), datagrams);
      if (by === 'strangers') this.#ask(FIRST_STRANGER + this.#asked, datagrams);
    }
  }

  /** The source 0, which is in the mates' set, and asks for no more than its own rate. */
  askHonestly(): void {
    const datagrams = this.#model.left(0, this.#nowMs);
    assert.equal(this.#ask(0, datagrams), datagrams, 'the honest source was refused');
  }

  /** Asks the limiter and the model, and compares. */
  #ask(source: number, datagrams: number): number {
    this.#asked++;
    const words = this.#addressOf(source);
    const set = setOf(this.#salt, words);
    const before = this.#tags.slice(set * WAYS, set * WAYS + WAYS);
    const lefts = before.map((_, way) => this.#leftIn(set * WAYS + way));
    const answered = this.#limiter.take(words, 0, datagrams, this.#nowMs);
    const way = before.findIndex((tag, index) => this.#tags[set * WAYS + index] !== tag);
    if (way >= 0) this.#noteNew(set, way, source, before, lefts);
    this.#checkBounds(source, answered, this.#model.take(source, datagrams, this.#nowMs));
    return answered;
  }

  /** A source was given an entry: of a full set, that of the source with most left of its share. */
  #noteNew(
    set: number,
    way: number,
    source: number,
    before: Uint32Array,
    lefts: Uint32Array,
  ): void {
    const entry = set * WAYS + way;
    const owner = this.#owners.get(entry);
    this.#owners.set(entry, source);
    if (owner === undefined) return;
    this.forgotten++;
    assert.ok(!before.includes(0), 'a source was forgotten where there was room');
    assert.equal(lefts[way], Math.max(...lefts), 'not the one with most left was forgotten');
    this.#windowOf(owner).forget(this.#nowMs);
  }

  #checkBounds(source: number, answered: number, byModel: number): void {
    const ahead = (this.#ahead.get(source) ?? 0) + answered - byModel;
    this.#ahead.set(source, ahead);
    assert.ok(ahead >= 0, `source ${source} got ${-ahead} less than its rate`);
    const excess = this.#windowOf(source).answer(answered, this.#nowMs);
    assert.ok(excess <= this.#burst + NEARLY, `source ${source} got ${excess} beyond its rate`);
  }

  /** What the bucket in an entry holds now, in thousandths, so that rounding decides nothing. */
  #leftIn(entry: number): number {
    const gained = ((this.#nowMs - this.#times[entry]!) * this.#ratePps) / 1000;
    return Math.round(1000 * Math.min(this.#burst, this.#tokens[entry]! + gained));
  }

  #windowOf(source: number): WorstWindow {
    let window = this.#windows.get(source);
    window ??= new WorstWindow(this.#ratePps, this.#burst);
    this.#windows.set(source, window);
    return window;
  }

  /** An IPv6 source sends from another address of its /56 each time. */
  #addressOf(source: number): Uint32Array {
    const address = this.#mates[source] ?? plain(source);
    if (address[0] === 0) return address;
    return Uint32Array.of(address[0]!, address[1]! | (this.#asked & 0xff), this.#asked, 7);
  }
}

/** Every other source is IPv4. */
function plain(source: number): Uint32Array {
  if (source % 2 === 0) return Uint32Array.of(0, 0, 0xffff, 0x0a00_0000 + source);
  return Uint32Array.of(0x2001_0db8, source << 8, 0, 0);
}

function setOf(salt: number, words: Uint32Array): number {
  const hash = mix(mix(salt ^ sourceHigh(words, 0)) ^ sourceLow(words, 0));
  return (hash >>> 0) % (ENTRIES / WAYS);
}

/** Sources that fall into one set, as somebody who knew the salt would seek them. */
function matesOf(salt: number): readonly Uint32Array[] {
  const first = plain(0x80_0000);
  const set = setOf(salt, first);
  const mates = [first];
  for (let source = 0x80_0001; mates.length < MATES; source++) {
    const address = plain(source);
    if (setOf(salt, address) === set) mates.push(address);
  }
  return mates;
}

/**
 * Lets strangers do that to a limiter, and checks after each datagram what it promises: that nobody gets
 * less than with a bucket of his own, and in no window more than its rate and a burst, and a burst for each
 * time that his bucket was forgotten.
 *
 * @returns how many times one was
 */
export function withstands({ salt, ratePps, burst, attacks }: Attacks): number {
  const contest = new Contest(salt, ratePps, burst);
  for (const attack of attacks) {
    contest.attack(attack);
    contest.askHonestly();
  }
  return contest.forgotten;
}
