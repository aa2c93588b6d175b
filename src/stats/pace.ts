// SPDX-License-Identifier: MIT
// Finds out whether replies arrive at a constant pace, whatever is sent: the mark of a policer.
//
// A token bucket (RFC 2697) is empty whenever it refuses. So between any two losses it lets through what its rate
// yields in that time, give or take one, whenever and however fast probes were sent. Plotted against time, the count of
// answers at each loss lies on a straight line; if losses are independent, it strays from any line as a random walk
// does. Only the least-squares line is kept, and how far the losses lie from it: constant memory, and work only at a
// loss.

import { Line } from './line.ts';

/** A pace that replies keep. */
export interface SteadyPace {
  readonly perSecond: number;
  /** Answers before the first loss. */
  readonly burst: number;
}

/** Minimum answers, and minimum losses, for a conclusion. */
const LEAST = 20;

/** Maximum mean square distance of the answers from the line: one token, plus the lateness of probes. */
const WIDEST = 4;

/**
 * Independent losses leave N · p · q / 15 on average, and a 200th of N · p · q or less in one of 10^10 runs: the
 * chance that a random walk's mean square is below ε of its end's is about exp(−1 / (8 ε)).
 */
const WALK = 200;

/**
 * Minimum losses that the first burst would have had at the later loss rate. If every n-th probe is lost, it is one.
 */
const BURST_LOSSES = 3;

/** If there was no burst, time must fit this many times better than the count of probes. */
const BETTER = 3;

/** Takes each probe's final outcome, in send order. */
export class Pace {
  readonly #byTime = new Line();
  readonly #byProbe = new Line();
  #burst = 0;
  #firstLossNs = NaN;
  #probes = 0;
  #answers = 0;
  #losses = 0;
  /** As of the last loss. */
  #counted = { probes: 0, answers: 0 };

  /** @param sentNs  since the session's start */
  push(sentNs: number, isAnswered: boolean): void {
    if (isAnswered) {
      if (this.#losses === 0) this.#burst++;
      else this.#answers++;
      this.#probes++;
      return;
    }
    this.#lose(sentNs);
  }

  /** @returns `null` if there is no steady pace, or too little data */
  summary(): SteadyPace | null {
    const { probes, answers } = this.#counted;
    if (this.#losses < LEAST || answers < LEAST) return null;
    const spread = this.#byTime.residual;
    const lossRatio = 1 - answers / probes;
    const walk = answers * lossRatio;
    if (spread > WIDEST || WALK * spread > walk) return null;
    // If every n-th probe is lost, the pace is just as even, but it follows the count of probes, from the first one on.
    const isBurst = this.#burst * lossRatio >= BURST_LOSSES;
    if (!isBurst && this.#byProbe.residual < BETTER * spread + 1) return null;
    return { perSecond: this.#byTime.slope, burst: this.#burst };
  }

  #lose(sentNs: number): void {
    if (this.#losses === 0) {
      this.#firstLossNs = sentNs;
      this.#probes = 0;
    }
    this.#losses++;
    this.#byTime.push((sentNs - this.#firstLossNs) / 1e9, this.#answers);
    this.#byProbe.push(this.#probes, this.#answers);
    this.#counted = { probes: this.#probes, answers: this.#answers };
    this.#probes++;
  }
}
