// Loops, floods and honest programs at the guard against loops, in whatever mix, and what must hold of it.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Random } from '../../src/random.ts';
import { LoopGuard } from '../../src/server/loop-guard.ts';
import { longestLifeMs, numbered } from './echo-loops.ts';
import type { MadeBatch } from './made-batch.ts';
import { Answered, ModelGuard } from './model-guard.ts';

/** Where the guard's clock starts. */
const START_MS = 1_764_000_000_000;

const TICK_MS = 62.5;

export interface Repetition {
  readonly payload: number;
  readonly times: number;
  readonly laterTicks: number;
}

/** Few payloads, so that none shares anything with another. */
export const FEW_PAYLOADS = fc.record({
  salt: fc.nat(),
  repetitions: fc.array(
    fc.record({
      payload: fc.nat(4),
      times: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 150 })),
      laterTicks: fc.constantFrom(0, 0, 1, 4, 15, 15, 16, 16, 17, 18, 100, 1600, 70_000),
    }),
    { minLength: 1, maxLength: 120, size: 'max' },
  ),
});

/**
 * Asks a guard and the model.
 *
 * @returns how many datagrams were dropped
 */
export function decidesAsModel(salt: number, repetitions: readonly Repetition[]): number {
  const guard = new LoopGuard({ salt, ratePps: 1_000_000, startMs: START_MS });
  const model = new ModelGuard();
  let ticks = 0;
  let dropped = 0;
  for (const { payload, times, laterTicks } of repetitions) {
    ticks += laterTicks;
    const batch = numbered(payload, 50_139);
    for (let time = 0; time < times; time++) {
      const isLoop = guard.isLoop(batch, 0, 0, START_MS + ticks * TICK_MS);
      assert.equal(isLoop, model.isLoop(payload, ticks), `payload ${payload} at ${ticks}`);
      if (isLoop) dropped++;
    }
  }
  return dropped;
}

export interface Mix {
  readonly salt: number;
  /** Forged datagrams, each of which comes round until it is dropped. */
  readonly loops: number;
  readonly roundsMs: readonly number[];
  /** Of so many loops one payload each. */
  readonly copies: number;
  readonly spreadMs: number;
  /** Datagrams a millisecond, each of one payload out of so many. */
  readonly flood: number;
  readonly floodPayloads: number;
  /** Programs that repeat a payload of theirs. */
  readonly honest: number;
  readonly honestEveryMs: number;
}

/** The smallest table follows 7,168 payloads: there may be more loops, and more in the flood. */
export const MIX: fc.Arbitrary<Mix> = fc.record({
  salt: fc.nat(),
  loops: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 9000 })),
  roundsMs: fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 250 })), {
    minLength: 1,
    maxLength: 6,
  }),
  copies: fc.constantFrom(1, 1, 2, 30),
  spreadMs: fc.nat(3000),
  flood: fc.nat(20),
  floodPayloads: fc.constantFrom(1, 100, 7000, 2 ** 30),
  honest: fc.nat(50),
  honestEveryMs: fc.constantFrom(40, 100, 500, 1000, 1500),
});

/** A guard with the smallest table, and what each payload was answered. */
class Watched {
  readonly #guard: LoopGuard;
  readonly #answered = new Map<number, Answered>();

  constructor(salt: number) {
    this.#guard = new LoopGuard({ salt, ratePps: 1, startMs: START_MS });
  }

  /** Asks the guard, and checks that a payload is never answered more often than the documents say. */
  isLoop(payload: number, batch: MadeBatch, nowMs: number): boolean {
    let answered = this.#answered.get(payload);
    if (answered === undefined) this.#answered.set(payload, (answered = new Answered()));
    if (this.#guard.isLoop(batch, 0, 0, START_MS + nowMs)) {
      answered.refuse();
      return true;
    }
    const most = answered.add(nowMs);
    // The clock of the guard may be late by a sixteenth of a second.
    assert.ok(most <= 100 + 1 / 16 + 1e-6, `payload ${payload}: ${most} answered at ${nowMs} ms`);
    return false;
  }
}

/** The numbers of payloads: loops count from 0. */
const FLOOD = 2 ** 31;
const HONEST = 2 ** 20;

/** Lets all of that come to a guard, until the last loop has ended. */
export function endsLoops(mix: Mix): void {
  const watched = new Watched(mix.salt);
  const random = new Random(mix.salt);
  const honest = Array.from({ length: mix.honest }, (_, each) => numbered(HONEST + each, 40_000));
  const flood = numbered(FLOOD, 40_001);
  const arrivals = new Arrivals(mix);
  for (let nowMs = 0; arrivals.left > 0; nowMs++) {
    arrivals.arrive(watched, nowMs);
    for (let each = 0; each < mix.flood; each++) {
      const payload = FLOOD + (random.nextWord() % mix.floodPayloads);
      flood.arena.writeUInt32BE(payload);
      watched.isLoop(payload, flood, nowMs);
    }
    for (const [each, batch] of honest.entries()) {
      if ((nowMs + each) % mix.honestEveryMs === 0) watched.isLoop(HONEST + each, batch, nowMs);
    }
  }
}

/** The loops' datagrams that are on their way. */
class Arrivals {
  left: number;
  readonly #mix: Mix;
  readonly #batches: readonly MadeBatch[];
  readonly #byMs = new Map<number, number[]>();

  constructor(mix: Mix) {
    this.#mix = mix;
    this.left = mix.loops;
    const payloads = Math.ceil(mix.loops / mix.copies);
    this.#batches = Array.from({ length: payloads }, (_, payload) => numbered(payload, 7000));
    for (let loop = 0; loop < mix.loops; loop++) this.#add(this.#startMs(loop), loop);
  }

  /** Those that arrive now go round again, or end; none may live for longer than it would alone. */
  arrive(watched: Watched, nowMs: number): void {
    for (const loop of this.#byMs.get(nowMs) ?? []) {
      const payload = loop % this.#batches.length;
      const roundMs = this.#mix.roundsMs[payload % this.#mix.roundsMs.length]!;
      if (watched.isLoop(payload, this.#batches[payload]!, nowMs)) {
        this.left--;
        continue;
      }
      const livesMs = nowMs - this.#startMs(loop);
      assert.ok(livesMs <= longestLifeMs(roundMs), `round ${roundMs}: lives after ${livesMs} ms`);
      this.#add(nowMs + roundMs, loop);
    }
    this.#byMs.delete(nowMs);
  }

  #startMs(loop: number): number {
    return Math.floor((loop * this.#mix.spreadMs) / this.#mix.loops);
  }

  #add(ms: number, loop: number): void {
    const others = this.#byMs.get(ms);
    if (others === undefined) this.#byMs.set(ms, [loop]);
    else others.push(loop);
  }
}
