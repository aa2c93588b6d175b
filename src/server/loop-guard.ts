// SPDX-License-Identifier: MIT
// Finds echo loops on any port: two services that answer everything and send forged datagrams back and forth for ever.
// A loop is recognized by its repetition, and ends once each of its datagrams has been dropped once.

import { mix } from '../random.ts';
import type { DatagramBatch } from '../socket/datagram-batch.ts';
import { PayloadView } from './reflectors/payload-view.ts';
import { xxHash32 } from './xxhash32.ts';

/** Time is counted in sixteenths of a second, so that a word lasts for years. */
const TICK_MS = 62.5;
const SECOND = 16;

/**
 * How many times the same payload of the same peer is answered before it counts as a loop. One repetition per second is
 * forgotten, so that a program that repeats a payload at that rate or more slowly is never cut off. A datagram that
 * comes round every T < 1 s is therefore answered at most 100 / (1 − T) times: for 0.91 s if T is 9 ms, for 11.1 s if T
 * is 100 ms.
 */
const ALLOWED = 100 * SECOND;

/**
 * How long all repetitions are dropped from then on: as long as the longest round of a loop that is stopped. However
 * many copies go round, each arrives once in that time and is dropped, so none is left when the score is forgotten. A
 * sender that still repeats the payload afterwards is not a loop, and starts again with the score of the crowd (below).
 * One tick more, because the clock may be late by one.
 */
const CUT = SECOND + 1;

/**
 * The crowd has many cells of one word each: the time at which everything that fell into the cell will be forgotten. A
 * payload in a cell with few others can't have been repeated often, and is checked no further. That settles nearly
 * everything that is not repeated, for the price of one word of a small table. When a cell is 7 s ahead, its payloads
 * are distinguished, and the cell is set 8 s ahead, so that a payload that returns within a second is distinguished
 * again. A word wraps in 68 minutes; a cell that was idle for that long may look crowded, which does no harm.
 */
const CROWDED = 8 * SECOND;
const MIN_CELLS = 2 ** 10;
const MAX_CELLS = 2 ** 18;

/**
 * Payloads that a set tracks. A set is one cache line of words: a key and a time for each way, the floor, and a bit for
 * each way that is being dropped.
 */
const WAYS = 7;
const FLOOR = WAYS;
const TIMES = FLOOR + 1;
const CUTS = TIMES + WAYS;
const SET_WORDS = CUTS + 1;

/**
 * A set forgets 7 datagrams per second. There is room for twice as many as may be answered, and for at most 1.8 million
 * per second (16 MiB), which a thread can reach only with coalesced runs.
 */
const MIN_SETS = 2 ** 10;
const MAX_SETS = 2 ** 18;

/** Two years: before a word would overflow, everything is forgotten. */
const MAX_TICKS = 2 ** 30;

/** Octets of a payload, from its start. */
export interface OctetRange {
  readonly from: number;
  /** The first octet after them. */
  readonly to: number;
}

const NO_OCTETS: OctetRange = { from: 0, to: 0 };

export interface LoopGuardOptions {
  /** Random, so that nobody can aim at another peer's set. */
  readonly salt: number;
  /** Maximum datagrams per second that the guard has to check. */
  readonly ratePps: number;
  /** Start of the clock, in milliseconds. */
  readonly startMs: number;
}

/**
 * Counts repetitions in tables of fixed size. They hold times: when all repetitions of a payload will be forgotten. How
 * far that time is ahead of now is the payload's score, in seconds.
 *
 * Payloads in the same cell of the crowd share its score. From there each continues with that score in a set of the
 * table. If the set is full, a new payload replaces the one with the lowest score, and from then on every new payload
 * of that set starts with that score (Metwally et al. 2005, "Space-Saving", for each set). So the score of a payload
 * that arrives at least once per second is never less than its own repetitions, whatever else collides with it:
 * collisions can end a loop early, but never keep one alive.
 *
 * The effect on others: a set is a queue with 7 servers that take a second per datagram, and a payload that was not
 * repeated is refused only if the queue is 99 s behind. Without the crowd, 100,000 different payloads per second would
 * put 3.05 per second into each of 32,768 sets, and a queue with that load is 99 s behind with a probability of about
 * e^-1000. A flood of repeated payloads can hold one place for each reply per second that it gets. The salt alone
 * decides which payloads share a set, so the flood fills a given set with a probability of P(Poisson(x / 32,768) ≥ 7):
 * 5·10^-15 for one source at its limit (x = 1,000), 4·10^-8 for ten, 10^-3 for fifty. A hundred sources exhaust the
 * server's own limit.
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
   * Counts one datagram that would be answered; true if it belongs to a loop and must be dropped.
   *
   * @param datagram  number of the datagram in entry `index`, which may be a coalesced run
   * @param changing  octets that the service itself changes in each reply, and therefore in each round of a loop
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

  /** Counts a repetition; false if there were too many. */
  #counts(set: number, way: number, now: number, from: number): boolean {
    const words = this.#words;
    const bit = 1 << way;
    const time = words[set + TIMES + way]!;
    const isCut = (words[set + CUTS]! & bit) !== 0;
    if (isCut && time - now > ALLOWED) return false;
    // After a cut the score is forgotten, except for the part shared with others.
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
   * Replaces the key with the lowest score by a new key. False if even that score is too high to start with; then
   * nothing is changed, so that refused payloads keep nobody out.
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
    // A payload too short to hold the changing octets comes back unchanged.
    if (length < changing.to || changing.to === 0)
      return xxHash32(view, start, start + length, peer);
    const before = xxHash32(view, start, start + changing.from, peer);
    return xxHash32(view, start + changing.to, start + length, before);
  }
}

/** The next power of two, within bounds that are powers of two. */
function powerOfTwo(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, 2 ** Math.ceil(Math.log2(value))));
}
