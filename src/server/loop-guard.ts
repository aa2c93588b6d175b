// SPDX-License-Identifier: MIT
// Finds echo loops on any port: two services that answer everything, sending forged datagrams to and fro
// for ever. A loop is known by its repetition, and ends where each of its datagrams is dropped once.

import { mix } from '../random.ts';
import type { DatagramBatch } from '../socket/datagram-batch.ts';
import { PayloadView } from './reflectors/payload-view.ts';
import { xxHash32 } from './xxhash32.ts';

/** Time is counted in sixteenths of a second: a word lasts for years. */
const TICK_MS = 62.5;
const SECOND = 16;

/**
 * How often the same payload of the same peer is answered before it is taken for a loop's. One repetition
 * a second is forgotten, so that a program which repeats a payload at that rate or slower is never cut.
 * A datagram that comes round every T < 1 s is thus answered 100 / (1 − T) times at most: for 0.91 s
 * where T is 9 ms, for 11.1 s where it is 100 ms.
 */
const ALLOWED = 100 * SECOND;

/**
 * How long all repetitions are dropped from then on. As long as the longest round that is cut: however
 * many copies go round, each of them comes by once meanwhile, and nothing is left of them that forgetting
 * the whole could spare. A sender that still repeats the payload afterwards is not a loop, and begins again, at what
 * the crowd (below) has. A tick more, as the clock may be late by one.
 */
const CUT = SECOND + 1;

/**
 * The crowd: a word for each of many cells, the time at which all that fell into it will be forgotten. What
 * falls where few others do can't have been repeated often, and goes no further: nearly everything that is
 * not repeated, at the price of one word from a small table. Where a cell is 7 s ahead its payloads are
 * told apart, and it is put 8 s ahead: what comes again within a second is told apart again. A word goes
 * round in 68 minutes; a cell that lay idle for so long may look crowded, which does no harm.
 */
const CROWDED = 8 * SECOND;
const MIN_CELLS = 2 ** 10;
const MAX_CELLS = 2 ** 18;

/**
 * Payloads that a set follows. A set is one cache line of words: a key and a time for each way, the floor,
 * and a bit for each way that is being cut.
 */
const WAYS = 7;
const FLOOR = WAYS;
const TIMES = FLOOR + 1;
const CUTS = TIMES + WAYS;
const SET_WORDS = CUTS + 1;

/**
 * A set forgets 7 datagrams a second. There is room for twice as many as may be answered, and up to
 * 1.8 million a second (16 MiB), which a thread reaches with coalesced runs at most.
 */
const MIN_SETS = 2 ** 10;
const MAX_SETS = 2 ** 18;

/** Two years: before a word would overflow everything is forgotten. */
const MAX_TICKS = 2 ** 30;

/** Octets of a payload, from its start. */
export interface OctetRange {
  readonly from: number;
  /** The first that is not among them. */
  readonly to: number;
}

const NO_OCTETS: OctetRange = { from: 0, to: 0 };

export interface LoopGuardOptions {
  /** Random, so that nobody can aim at another peer's set. */
  readonly salt: number;
  /** How many datagrams a second the guard is asked about at most. */
  readonly ratePps: number;
  /** Where the clock starts, in milliseconds. */
  readonly startMs: number;
}

/**
 * Counts repetitions in tables of fixed size. They hold times: when all repetitions of a payload will be
 * forgotten. What that is ahead of now is its score, in seconds.
 *
 * Payloads that meet in a cell of the crowd share its score. From there each goes on with that score in a
 * set of the table. One that finds its set full takes the place of the least score, and from then on
 * whatever is new in that set starts with that score (Metwally et al. 2005, "Space-Saving", for each set).
 * So the score of a payload that comes at least once a second is never less than its own repetitions,
 * whoever else meets it: collisions can end a loop early and never keep one alive.
 *
 * What they can do to others: a set is a queue with 7 servers that take a second for each datagram, and
 * only where it is 99 s behind is a payload refused that was not repeated. At 100,000 different payloads
 * a second 32,768 sets would get 3.05 each if there were no crowd, and a queue of that load is 99 s behind
 * with a probability of about e^-1000. A flood of repeated payloads can hold one place for each datagram a
 * second that it has answered. It fills a given set, where the salt alone decides who meets, with a
 * probability of P(Poisson(x / 32,768) ≥ 7): 5·10^-15 for one source at its limit (x = 1,000), 4·10^-8
 * for ten, 10^-3 for fifty, and with a hundred the server's own limit is used up.
 */
export class LoopGuard {
  readonly #salt: number;
  readonly #cells: Uint16Array;
  readonly #cellShift: number;
  readonly #setMask: number;
  readonly #words: Int32Array;
  readonly #views = new PayloadView();
  #startMs: number;

  constructor({ salt, ratePps, startMs }: LoopGuardOptions) {
    const cells = powerOfTwo(ratePps, MIN_CELLS, MAX_CELLS);
    const sets = powerOfTwo((2 * ratePps) / WAYS, MIN_SETS, MAX_SETS);
    this.#salt = salt;
    this.#cells = new Uint16Array(cells);
    this.#cellShift = 32 - Math.log2(cells);
    this.#setMask = sets - 1;
    this.#words = new Int32Array(sets * SET_WORDS);
    this.#startMs = startMs;
  }

  /**
   * Counts one datagram that is to be answered; true where it is a loop's and must be dropped.
   *
   * @param datagram  number of the datagram in entry `index`, which may be a coalesced run
   * @param changing  octets that the service itself changes in each reply, and so in each round of a loop
   */
  isLoop(
    batch: DatagramBatch,
    index: number,
    datagram: number,
    nowMs: number,
    changing = NO_OCTETS,
  ): boolean {
    const now = this.#ticksAt(nowMs);
    const key = this.#keyOf(batch, index, datagram, changing);
    const cell = key >>> this.#cellShift;
    const ahead = (this.#cells[cell]! - now) & 0xffff;
    const score = ahead > CROWDED ? 0 : ahead;
    if (score >= CROWDED - SECOND) {
      this.#cells[cell] = now + CROWDED;
      return this.#isRepeatedTooOften(key, now, now + score);
    }
    this.#cells[cell] = now + score + SECOND;
    return false;
  }

  /** @param from  the time of its cell in the crowd */
  #isRepeatedTooOften(key: number, now: number, from: number): boolean {
    const words = this.#words;
    const set = (key & this.#setMask) * SET_WORDS;
    let least = 0;
    for (let way = 0; way < WAYS; way++) {
      if (words[set + way] === key) return !this.#counts(set, way, now, from);
      if (words[set + TIMES + way]! < words[set + TIMES + least]!) least = way;
    }
    return !this.#takesPlace(set, least, key, now, from);
  }

  /** Counts a repetition; false where there were too many. */
  #counts(set: number, way: number, now: number, from: number): boolean {
    const words = this.#words;
    const bit = 1 << way;
    const time = words[set + TIMES + way]!;
    const isCut = (words[set + CUTS]! & bit) !== 0;
    if (isCut && time - now > ALLOWED) return false;
    // What was cut is forgotten, but for what it shares with others.
    const start = Math.max(isCut ? words[set + FLOOR]! : time, from);
    if (start - now <= ALLOWED - SECOND) {
      words[set + TIMES + way] = start + SECOND;
      words[set + CUTS] = words[set + CUTS]! & ~bit;
      return true;
    }
    if (!isCut) {
      words[set + TIMES + way] = now + ALLOWED + CUT;
      words[set + CUTS] = words[set + CUTS]! | bit;
    }
    return false;
  }

  /**
   * Gives a new key the place of the one with the least score; false where that is too high to start
   * with, and then nothing is changed, so that what is refused keeps nobody out.
   */
  #takesPlace(set: number, way: number, key: number, now: number, from: number): boolean {
    const words = this.#words;
    const floor = Math.max(words[set + FLOOR]!, words[set + TIMES + way]!);
    if (floor - now > ALLOWED - SECOND) return false;
    words[set + FLOOR] = floor;
    words[set + way] = key;
    words[set + TIMES + way] = Math.max(floor, from) + SECOND;
    words[set + CUTS] = words[set + CUTS]! & ~(1 << way);
    return true;
  }

  #ticksAt(nowMs: number): number {
    const ticks = Math.floor((nowMs - this.#startMs) / TICK_MS);
    if (ticks < MAX_TICKS) return ticks;
    this.#cells.fill(0);
    this.#words.fill(0);
    this.#startMs = nowMs;
    return 0;
  }

  #keyOf(batch: DatagramBatch, index: number, datagram: number, changing: OctetRange): number {
    const words = batch.sourceWords;
    const at = index * 4;
    let peer = this.#salt ^ batch.sourcePorts[index]!;
    for (let word = at; word < at + 4; word++) peer = mix(peer ^ words[word]!);
    const start = batch.offsetOf(index) + datagram * batch.segmentBytes[index]!;
    const length = batch.segmentLength(index, datagram);
    const view = this.#views.of(batch, index);
    // Too short to hold what changes, it comes back as it was.
    if (length < changing.to || changing.to === 0)
      return xxHash32(view, start, start + length, peer);
    const before = xxHash32(view, start, start + changing.from, peer);
    return xxHash32(view, start + changing.to, start + length, before);
  }
}

/** The next power of two, within bounds that are such. */
function powerOfTwo(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, 2 ** Math.ceil(Math.log2(value))));
}
