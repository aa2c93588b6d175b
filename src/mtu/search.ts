// SPDX-License-Identifier: MIT
// The search for the path MTU, without sockets and clocks (RFC 8899, with several sizes per round instead of one): it
// says what to send next, from what became of what was sent before.

import { isReply, type Bracket, type Evidence } from './evidence.ts';
import { DIRECTIONS, FoundLimits, type Direction } from './found-limits.ts';
import { controlsOf, isTooLossy, triesNeeded } from './loss.ts';
import { commonMtus, dividing } from './sizes-to-try.ts';
import type { Round } from './trial.ts';

const FIRST_CONTROLS = 5;

/** Beyond the interface's limit, and so in two fragments or more; the reply too, unless the other end's link is wider. */
const BEYOND_INTERFACE = 508;

/** From the whole range to one size; further rounds are for loss. */
const NARROWING_ROUNDS = 8;

/** A search takes five rounds, or some twenty on a lossy path. */
const MOST_ROUNDS = 100;

/** Passes over both directions at the end; the last one ends with the way there. */
const MOST_CONFIRMATIONS = 3;

/** Whatever is found must hold until the end of a search. */
const MOST_ROUTES = 3;

export interface SearchPlan {
  /** Size of a control's packet, and of the largest packet of all. */
  readonly least: number;
  readonly most: number;
  /** False on the portable engine, which only knows whether an echo comes back. */
  readonly controlsFragments: boolean;
}

export type SearchEnd =
  /** Every number that can be found is found. */
  | 'found'
  /** No control was answered. */
  | 'no-reply'
  | 'too-lossy'
  /** The route kept changing, or the results kept contradicting each other. */
  | 'unsettled';

type Rounds<Result = void> = Generator<Round, Result, void>;

class Stop extends Error {
  readonly end: SearchEnd;

  constructor(end: SearchEnd) {
    super(end);
    this.end = end;
  }
}

/** Yields each round, and reads what became of it from the evidence. */
export class Search {
  readonly #plan: SearchPlan;
  readonly #evidence: Evidence;
  #rounds = 0;
  /** How often the route changed. */
  changes = 0;

  constructor(plan: SearchPlan, evidence: Evidence) {
    this.#plan = plan;
    this.#evidence = evidence;
  }

  *run(): Rounds<SearchEnd> {
    try {
      yield* this.#begin();
      while (yield* this.#searchRoute()) {
        this.changes++;
        if (this.changes === MOST_ROUTES) return 'unsettled';
        this.#evidence.startAnew();
      }
      return 'found';
    } catch (error) {
      if (error instanceof Stop) return error.end;
      throw error;
    }
  }

  get #tries(): number {
    return triesNeeded(controlsOf(this.#evidence.trials));
  }

  *#send(probes: readonly Probe[], about: Partial<Omit<Round, 'probes'>> = {}): Rounds {
    this.#rounds++;
    yield { probes, hasControls: true, isEnough: () => false, isPatient: false, ...about };
    if (this.#rounds > MOST_ROUNDS) throw new Stop('unsettled');
    if (isTooLossy(controlsOf(this.#evidence.current))) throw new Stop('too-lossy');
  }

  /** Whether anybody answers, and how long packets may be at most. */
  *#begin(): Rounds {
    const { least } = this.#plan;
    const hasControls = false;
    // By itself: it may wait for neighbours to be resolved, and those sent meanwhile would wait with it.
    yield* this.#send([whole(least)], { hasControls });
    yield* this.#send(times(FIRST_CONTROLS - 1, whole(least)), { hasControls, isPatient: true });
    if (controlsOf(this.#evidence.trials).received === 0) throw new Stop('no-reply');
  }

  /**
   * Searches in both directions until nothing is left to confirm: each lost control may raise the number of tries that a
   * missing size needs.
   *
   * @returns whether the route changed meanwhile
   */
  *#searchRoute(): Rounds<boolean> {
    yield* this.#searchForward();
    for (let pass = 0; pass < MOST_CONFIRMATIONS; pass++) {
      const before = this.#rounds;
      if (this.#plan.controlsFragments) {
        yield* this.#fragment();
        yield* this.#searchBackward();
      }
      yield* this.#close('forward', Infinity);
      if (pass > 0 && this.#rounds === before) return false;
      if (yield* this.#hasChanged()) return true;
    }
    return false;
  }

  /** From the top, because most paths have the MTU of their first link. */
  *#searchForward(): Rounds {
    const { least, most } = this.#plan;
    yield* this.#send([whole(most)], { hasControls: false });
    const top = this.#top;
    const common = commonMtus(least, top);
    const { lo } = this.#evidence.forward();
    if (lo >= top) return;
    yield* this.#send([top, ...common].map(whole), {
      isEnough: () => this.#isNewlyKnown('forward', lo),
    });
    yield* this.#close('forward', Infinity);
  }

  /** The longest packet that this host sends. */
  get #top(): number {
    return this.#evidence.ownLimit ?? this.#plan.most;
  }

  /** What is known so far; nothing may be, if controls were lost too. */
  #bracket(direction: Direction): Bracket {
    const bracket = this.#evidence[direction]();
    if (direction === 'backward' || bracket.hi !== undefined || bracket.lo >= this.#top) {
      return bracket;
    }
    return { lo: bracket.lo, hi: this.#top, isFirm: false };
  }

  /** Where replies are cut, or vanish. */
  *#searchBackward(): Rounds {
    yield* this.#close('backward', NARROWING_ROUNDS + 2 * this.#tries);
  }

  /** Narrows a bracket until its ends are neighbours, and the upper one is certain. */
  *#close(direction: Direction, mostRounds: number): Rounds {
    for (let round = 0; round < mostRounds; round++) {
      const { probes, ...about } = this.#nextRound(direction);
      if (probes.length === 0) return;
      yield* this.#send(probes, about);
    }
  }

  #nextRound(direction: Direction): Pick<Round, 'probes'> & Partial<Round> {
    const { lo, hi, isFirm } = this.#bracket(direction);
    if (hi === undefined) return NOTHING;
    const reach = (sizes: readonly number[]): readonly Probe[] =>
      direction === 'forward' ? sizes.map(whole) : sizes.flatMap((size) => this.#reaching(size));
    if (hi - lo === 1) return { probes: reach(this.#triesLeft(direction)), isPatient: true };
    const said = direction === 'forward' ? this.#saidBetween(lo, hi) : undefined;
    if (said !== undefined) {
      return { probes: [said, said + 1].filter((size) => size > lo && size < hi).map(whole) };
    }
    // Again too: a server that has just learnt the path MTU now replies in fragments.
    const again = isFirm ? [] : [hi];
    const common = commonMtus(lo, hi);
    if (common.length === 0) {
      return { probes: reach([...again, ...dividing(lo, hi)]) };
    }
    return {
      probes: reach([...again, ...common]),
      isEnough: () => this.#isNewlyKnown(direction, lo),
    };
  }

  /** The upper end of a bracket, as often as it still has to go unanswered. */
  #triesLeft(direction: Direction): readonly number[] {
    const { hi = Infinity, isFirm } = this.#bracket(direction);
    if (isFirm) return [];
    const missing = this.#evidence.missing(direction, hi).filter(({ isPatient }) => isPatient);
    return times(this.#tries - missing.length, hi);
  }

  /** The smallest MTU that a router named and that may be true. */
  #saidBetween(lo: number, hi: number): number | undefined {
    const said = this.#evidence.saidMtus().filter((mtu) => mtu >= lo && mtu < hi);
    return said.length === 0 ? undefined : Math.min(...said);
  }

  /** True if a larger size has passed, or if a router has named its MTU. */
  #isNewlyKnown(direction: Direction, before: number): boolean {
    const { lo, hi = Infinity } = this.#evidence[direction]();
    if (lo > before) return true;
    return direction === 'forward' && this.#saidBetween(lo, hi) !== undefined;
  }

  /** Longer datagrams that may be fragmented. */
  #fragmentable(): readonly Probe[] {
    const { ipVersion, ownLimit } = this.#evidence;
    if (ownLimit === undefined || !this.#plan.controlsFragments) return [];
    const { hi } = this.#evidence.forward();
    const isRouted = ipVersion === 4 && hi !== undefined && hi <= ownLimit;
    const beyond = ownLimit + BEYOND_INTERFACE;
    return [
      ...(isRouted ? [{ size: hi, fragmentation: 'by-routers' } as const] : []),
      ...(beyond <= this.#plan.most ? [{ size: beyond, fragmentation: 'at-source' } as const] : []),
    ];
  }

  /** What becomes of them. */
  *#fragment(): Rounds {
    const probes = this.#fragmentable();
    // Once in vain, if the server then learns the path MTU.
    const untried = probes.filter((probe) => !this.#isTried(probe));
    if (untried.length > 0) yield* this.#send(untried);
    const isOver = (): boolean => probes.every((probe) => this.#evidence.isAnswered(probe));
    for (let round = 0; round < MOST_CONFIRMATIONS && !isOver(); round++) {
      const left = probes.flatMap((probe) => times(this.#fragmentTriesLeft(probe), probe));
      if (left.length === 0) return;
      yield* this.#send(left, { isPatient: true, isEnough: isOver });
    }
  }

  #isTried({ size, fragmentation }: Probe): boolean {
    return this.#evidence.current.some(
      (trial) => trial.size === size && trial.fragmentation === fragmentation,
    );
  }

  #fragmentTriesLeft(probe: Probe): number {
    if (this.#evidence.isAnswered(probe)) return 0;
    return this.#tries - this.#evidence.unansweredAs(probe.fragmentation).length;
  }

  /** How a request of this size gets there, if it can, so that the other end replies as long. */
  #reaching(size: number): readonly Probe[] {
    const { ownLimit = Infinity, current } = this.#evidence;
    if (size <= this.#evidence.forward().lo) return [whole(size)];
    const passes = current.some((trial) => trial.fragmentation === 'at-source' && isReply(trial));
    // It has learnt the path MTU from the same ICMP errors.
    const least = Math.min(ownLimit, ...this.#evidence.saidMtus());
    return passes && size > least ? [{ size, fragmentation: 'at-source' }] : [];
  }

  /** Whether the limits are no longer what was found. */
  *#hasChanged(): Rounds<boolean> {
    const found = new FoundLimits(this.#evidence);
    const [lo, hi] = [found.forward.lo, found.forward.hi ?? Infinity];
    const { lo: backLo, hi: backHi = Infinity } = found.backward;
    const passing = {
      forward: [whole(lo)],
      backward: this.#reaching(backLo).filter((probe) => this.#evidence.isAnswered(probe)),
    };
    const { ownLimit = Infinity } = this.#evidence;
    const sizes = new Set([ownLimit + 1, hi].filter((size) => size <= this.#plan.most));
    const dropped = this.#fragmentable().filter((probe) => !this.#evidence.isAnswered(probe));
    const beyond = [...[...sizes].map(whole), ...this.#reaching(backHi), ...dropped];
    yield* this.#send([...beyond, ...passing.forward, ...(backLo === lo ? [] : passing.backward)]);
    const mostTries = 2 * this.#tries;
    for (let tried = 1; tried < mostTries; tried++) {
      if (found.isContradicted(this.#tries)) return true;
      const left = DIRECTIONS.flatMap((direction) =>
        found.isHeld(direction) ? [] : passing[direction],
      );
      if (left.length === 0) return false;
      yield* this.#send(left, { isPatient: true });
    }
    return found.isContradicted(this.#tries);
  }
}

type Probe = Round['probes'][number];

const NOTHING = { probes: [] };

function whole(size: number): Probe {
  return { size, fragmentation: 'whole' };
}

function times<Value>(count: number, value: Value): readonly Value[] {
  return Array.from({ length: Math.max(0, count) }, () => value);
}
