// SPDX-License-Identifier: MIT
// The search for the path MTU, without sockets and clocks (RFC 8899, with several sizes per round instead of one): it
// says what to send next, from what became of what was sent before.

import { isReply, type Bracket, type Evidence } from './evidence.ts';
import { controlsOf, isTooLossy, triesNeeded } from './loss.ts';
import type { Round, Trial } from './trial.ts';

/** The MTUs of links and tunnels that exist, the largest first; RFC 1191 section 7.1 has the old ones. */
const COMMON_MTUS = [
  ...[32_000, 17_914, 9216, 9000, 8900, 4352, 2002],
  ...[1500, 1492, 1480, 1460, 1450, 1440, 1420, 1400, 1380, 1280, 1006, 576, 296],
];

/** A gap this small is divided evenly. */
const SMALL_GAP = 16;

/** Sizes per round. */
const PARTS = 8;

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
      for (;;) {
        yield* this.#searchForward();
        if (this.#plan.controlsFragments) {
          yield* this.#fragment();
          yield* this.#searchBackward();
        }
        if (!(yield* this.#hasChanged())) {
          yield* this.#confirm();
          return 'found';
        }
        this.changes++;
        if (this.changes === MOST_ROUTES) return 'unsettled';
        this.#evidence.startAnew();
      }
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
    const { least, most } = this.#plan;
    const hasControls = false;
    // By itself: it may wait for neighbours to be resolved, and those sent meanwhile would wait with it.
    yield* this.#send([whole(least)], { hasControls });
    yield* this.#send(times(FIRST_CONTROLS - 1, whole(least)), { hasControls, isPatient: true });
    if (controlsOf(this.#evidence.trials).received === 0) throw new Stop('no-reply');
    yield* this.#send([whole(most)], { hasControls });
  }

  /** From the top, because most paths have the MTU of their first link. */
  *#searchForward(): Rounds {
    const { least } = this.#plan;
    const top = this.#top;
    const common = COMMON_MTUS.filter((size) => size < top && size > least);
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
    const common = COMMON_MTUS.filter((size) => size > lo && size < hi);
    if (common.length === 0 || hi - lo <= SMALL_GAP) {
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

  /** What becomes of longer datagrams that may be fragmented. */
  *#fragment(): Rounds {
    const { ipVersion, ownLimit } = this.#evidence;
    if (ownLimit === undefined) return;
    const probes: Probe[] = [];
    const { hi } = this.#evidence.forward();
    if (ipVersion === 4 && hi !== undefined && hi <= ownLimit) {
      probes.push({ size: hi, fragmentation: 'by-routers' });
    }
    const beyond = ownLimit + BEYOND_INTERFACE;
    if (beyond <= this.#plan.most) probes.push({ size: beyond, fragmentation: 'at-source' });
    for (let tried = 0; tried < this.#tries; tried++) {
      const left = probes.filter((probe) => !this.#evidence.isAnswered(probe));
      if (left.length === 0) return;
      yield* this.#send(left, { isPatient: tried === 0 });
    }
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
    const { most } = this.#plan;
    const { ownLimit = most } = this.#evidence;
    const { hi = Infinity } = this.#evidence.forward();
    const echoed = this.#evidence.largestEchoed();
    const before = this.#evidence.trials.length;
    const again = (size: number): readonly Trial[] =>
      this.#evidence.trials
        .slice(before)
        .filter((trial) => !trial.isControl && trial.size === size);
    const missing = (): number => again(echoed).filter(isMissing).length;
    yield* this.#send([...(hi > ownLimit ? [] : [hi]), echoed].map(whole));
    const mostTries = 2 * this.#tries;
    for (let tried = 1; tried < mostTries && missing() < this.#tries; tried++) {
      if (again(echoed).some(isReply)) break;
      yield* this.#send([whole(echoed)], { isPatient: true });
    }
    return again(hi).some(isReply) || (missing() >= this.#tries && !again(echoed).some(isReply));
  }

  /** Each lost control may raise the tries that a missing size needs, after its bracket was closed too. */
  *#confirm(): Rounds {
    for (let pass = 0; pass < MOST_CONFIRMATIONS; pass++) {
      const before = this.#rounds;
      if (this.#plan.controlsFragments) yield* this.#searchBackward();
      yield* this.#close('forward', Infinity);
      if (this.#rounds === before) return;
    }
  }
}

/** It did not come back, although its control did. */
function isMissing(trial: Trial): boolean {
  return !isReply(trial) && trial.control !== undefined && isReply(trial.control);
}

type Direction = 'forward' | 'backward';

type Probe = Round['probes'][number];

const NOTHING = { probes: [] };

function whole(size: number): Probe {
  return { size, fragmentation: 'whole' };
}

function times<Value>(count: number, value: Value): readonly Value[] {
  return Array.from({ length: Math.max(0, count) }, () => value);
}

/** Sizes that divide a gap evenly, the largest first. */
function dividing(lo: number, hi: number): readonly number[] {
  const parts = Math.min(PARTS, hi - lo - 1);
  const sizes = Array.from({ length: parts }, (_, part) =>
    Math.round(hi - ((part + 1) * (hi - lo)) / (parts + 1)),
  );
  return [...new Set(sizes)].filter((size) => size > lo && size < hi);
}
