// SPDX-License-Identifier: MIT
// Finds the highest rate that a path carries: which rate to try next, and for how long (docs/load.md). It knows no
// sockets and no clock but the runner's.

import { boundsOf, classOf, shownBounds, widthOf, type Bounds } from './bounds.ts';
import { guessesOf } from './guess.ts';
import { growthLimitNs, isBad, judgeTrial } from './judge-trial.ts';
import { limitOf } from './limit.ts';
import type { LoadEndCode, LoadTrial, Throughput } from './load-result.ts';
import { highestPps, nextLoad, type SearchPlan, type SearchState } from './next-load.ts';
import {
  slotsOf,
  type IdlePath,
  type MeasuredTrial,
  type TrialRunner,
  type TrialSpec,
} from './trial.ts';

/** What a search found. */
export interface SearchOutcome {
  readonly code: Extract<LoadEndCode, 'DONE' | 'BUDGET' | 'CUT' | 'ICMP' | 'NO_REPLY' | 'ABORTED'>;
  readonly reason: Throughput['reason'];
  readonly idle: IdlePath;
  /** By intended rate. */
  readonly bounds: Bounds;
  readonly trials: readonly LoadTrial[];
}

/** How a search goes on. */
export interface SearchListener {
  /** A trial is about to begin. */
  begins(spec: TrialSpec, bounds: Bounds): void;
  /** It is over. */
  ended(trial: LoadTrial | undefined, bounds: Bounds): void;
}

/** The length of a trial whose only purpose is to find out where to look. */
export const SHORT_TRIAL_NS = 1e9;

/**
 * A rest after a trial: this share of its length, and time for a bucket of a fifth of a second to refill (RFC 2544
 * section 23 waits for queues to drain, too).
 */
const REST_RATIO = 0.1;
const LEAST_REST_NS = 250e6;

/** Starting and ending a trial may take this long. */
const OVERHEAD_NS = 100e6;

const MOST_CUTS = 3;

/** A host that is too busy this often at one rate can't offer it. */
const MOST_INVALID = 3;

/** A trial that this host disturbed is repeated at most this often. */
const MOST_REPEATED = 2;

/** A path that loses datagrams at any rate has no limit to guess. */
const MOST_GUESSED = 3;

const PROFILE = [0.1, 0.25, 0.5, 0.75, 0.9, 1];

const OVERLOAD = 1.1;

export class Search {
  readonly #runner: TrialRunner;
  #plan: SearchPlan;
  readonly #listener: SearchListener;
  readonly #trials: LoadTrial[] = [];
  #idle!: IdlePath;
  #datagrams = 0;
  #code: SearchOutcome['code'] = 'DONE';
  /** Set once the bracket is final. */
  #reason: Throughput['reason'] | undefined;
  /** Rates to try first. */
  #guesses: readonly number[] = [];
  #guessed = 0;
  /** The lowest rate that this host could not offer. */
  #hostPps = Infinity;

  constructor(runner: TrialRunner, plan: SearchPlan, listener: SearchListener) {
    this.#runner = runner;
    this.#plan = plan;
    this.#listener = listener;
  }

  async run(): Promise<SearchOutcome> {
    this.#idle = await this.#runner.runIdle();
    const { sent, rttNs, mostPps, cutBy } = this.#idle;
    this.#datagrams += sent;
    if (rttNs.p50 === null) this.#code = 'NO_REPLY';
    this.#obey(cutBy);
    this.#plan = { ...this.#plan, ceilingPps: Math.min(this.#plan.ceilingPps, mostPps) };
    await this.#warmUp();
    await this.#ramp();
    await this.#narrow();
    await this.#tellPolicer();
    await this.#profile();
    await this.#sharpen();
    return this.#outcome();
  }

  #outcome(): SearchOutcome {
    return {
      code: this.#code,
      reason: this.#reason ?? 'budget',
      idle: this.#idle,
      bounds: this.#bounds(),
      trials: this.#trials,
    };
  }

  #isOver(): boolean {
    return this.#code !== 'DONE';
  }

  #bounds(): Bounds {
    return boundsOf(this.#trials, this.#plan.goal);
  }

  async #warmUp(): Promise<void> {
    await this.#try('warm-up', this.#plan.startPps, SHORT_TRIAL_NS);
  }

  /** Doubles the rate until a trial fails. */
  async #ramp(): Promise<void> {
    const { startPps, ceilingPps, goal } = this.#plan;
    const lengthNs = Math.min(SHORT_TRIAL_NS, goal.finalTrialNs);
    let invalid = 0;
    for (let pps = startPps; !this.#isOver();) {
      const trial = await this.#try('ramp', pps, lengthNs);
      if (trial === undefined) return;
      if (trial.verdict === 'invalid') {
        if (++invalid < MOST_INVALID) continue;
        this.#hostPps = pps;
        return;
      }
      if (isBad(trial)) {
        this.#guess(trial);
        return;
      }
      if (pps >= ceilingPps) return;
      pps = Math.min(2 * pps, ceilingPps);
      invalid = 0;
    }
  }

  #guess(failed: LoadTrial): void {
    this.#guessed++;
    this.#guesses = guessesOf(failed, this.#trials, this.#idle, this.#plan);
  }

  /** Guesses that all passed, or all failed, were made from a trial that was too short, or disturbed. */
  #guessAgain(): void {
    const { lowerPps, upperPps } = this.#bounds();
    const havePassed = this.#guesses.every((pps) => lowerPps !== null && pps <= lowerPps);
    const haveFailed = this.#guesses.every((pps) => upperPps !== null && pps >= upperPps);
    const failed = this.#trials.findLast(isBad);
    if (failed === undefined || this.#guessed >= MOST_GUESSED) return;
    if (havePassed || haveFailed) this.#guess(failed);
  }

  #state(): SearchState {
    return {
      plan: this.#plan,
      trials: this.#trials,
      bounds: this.#bounds(),
      guesses: this.#guesses,
      hostPps: this.#hostPps,
    };
  }

  /** Tries rates until the bracket is narrow, or can't become narrower. */
  async #narrow(): Promise<void> {
    while (!this.#isOver()) {
      const next = nextLoad(this.#state());
      if (typeof next === 'string') {
        this.#reason = next;
        return;
      }
      await this.#classify(next);
      this.#guessAgain();
    }
  }

  /** Tries a rate until it is classified. */
  async #classify(pps: number): Promise<void> {
    const { goal } = this.#plan;
    let invalid = 0;
    while (classOf(this.#trials, pps, goal) === 'undecided') {
      const trial = await this.#try('search', pps, goal.finalTrialNs);
      if (trial === undefined) return;
      if (trial.verdict !== 'invalid') continue;
      if (++invalid < MOST_INVALID) continue;
      this.#hostPps = Math.min(this.#hostPps, pps);
      return;
    }
  }

  /** If it is not known what limits the rate: two overloaded trials of different length show a policer. */
  async #tellPolicer(): Promise<void> {
    const { upperPps, lowerPps } = this.#bounds();
    if (upperPps === null || lowerPps === null) return;
    if (limitOf(this.#trials, this.#idle, 'bracket').kind !== 'unknown') return;
    const pps = Math.min(1.5 * upperPps, highestPps(this.#state()));
    await this.#try('limit', pps, SHORT_TRIAL_NS);
  }

  /** Response times at shares of the result, the lowest first. */
  async #profile(): Promise<void> {
    const { lowerPps } = this.#bounds();
    if (lowerPps === null) return;
    const { goal, hasOverload } = this.#plan;
    for (const share of PROFILE) {
      await this.#try('profile', share * lowerPps, goal.finalTrialNs);
    }
    if (hasOverload) await this.#try('overload', OVERLOAD * lowerPps, goal.finalTrialNs);
  }

  /** Repeats what passed, if this host skipped so much that it shows less than a narrow bracket. */
  async #sharpen(): Promise<void> {
    const { goal, precisionRatio } = this.#plan;
    for (let repeated = 0; repeated < MOST_REPEATED; repeated++) {
      const bounds = this.#bounds();
      const width = widthOf(shownBounds(this.#trials, bounds, goal));
      if (this.#reason !== 'bracket' || width === null || width <= precisionRatio) return;
      await this.#try('search', bounds.lowerPps!, goal.finalTrialNs);
    }
  }

  /** @returns `undefined` if the search is over */
  async #try(
    phase: TrialSpec['phase'],
    pps: number,
    durationNs: number,
  ): Promise<LoadTrial | undefined> {
    const spec = { phase, pps, durationNs };
    if (this.#runner.isStopped) this.#obey('stop');
    if (!this.#isOver() && !this.#canPay(spec)) this.#code = 'BUDGET';
    if (this.#isOver()) return undefined;
    this.#datagrams += slotsOf(spec);
    this.#listener.begins(spec, this.#bounds());
    const trial = this.#judged(spec, await this.#runner.runTrial(spec, this.#idle));
    if (trial !== undefined) this.#trials.push(trial);
    this.#listener.ended(trial, this.#bounds());
    if (this.#isOver()) return undefined;
    await this.#runner.rest(Math.max(LEAST_REST_NS, REST_RATIO * durationNs));
    return trial;
  }

  /** @returns `undefined` for a warm-up */
  #judged({ phase }: TrialSpec, measured: MeasuredTrial): LoadTrial | undefined {
    this.#look(measured);
    if (phase === 'warm-up') return undefined;
    const { maxLossRatio } = this.#plan.goal;
    const growthNs = growthLimitNs(this.#idle);
    const verdict = judgeTrial(measured, { maxLossRatio, growthNs });
    return { phase, ...measured, verdict };
  }

  /** Whether a trial ends the search. */
  #look({ cutBy }: MeasuredTrial): void {
    this.#obey(cutBy);
    const cuts = this.#trials.filter((trial) => trial.cutBy !== null).length;
    if (cutBy !== null && !this.#isOver() && cuts + 1 >= MOST_CUTS) this.#code = 'CUT';
  }

  #obey(cutBy: MeasuredTrial['cutBy']): void {
    if (cutBy === 'icmp') this.#code = 'ICMP';
    if (cutBy === 'stop') this.#code = 'ABORTED';
  }

  /** Also in the worst case: the whole trial, and the longest wait for its replies. */
  #canPay(spec: TrialSpec): boolean {
    const { budgetNs, budgetDatagrams } = this.#plan;
    const endNs = this.#runner.elapsedNs + spec.durationNs + this.#idle.timeoutNs + OVERHEAD_NS;
    return endNs <= budgetNs && this.#datagrams + slotsOf(spec) <= budgetDatagrams;
  }
}
