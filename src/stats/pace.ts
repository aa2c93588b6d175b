// SPDX-License-Identifier: MIT
// Whether what is answered is answered at a constant pace, whatever is sent: the mark of a policer.
//
// A token bucket (RFC 2697) is empty whenever it refuses. So between any two losses it let through what its
// rate makes in that time, give or take one, whenever and however fast probes were sent. Against time, the count
// of answers at each loss lies on a straight line; where each probe is lost or not by itself, it strays from any
// line as a random walk does. Kept is the least-squares line alone, and how far the losses lie from it: constant
// memory, and no work but at a loss.

/** Answers against another quantity, at each loss: the line that fits best, and what it leaves. */
class Line {
  #count = 0;
  #meanX = 0;
  #meanY = 0;
  #xx = 0;
  #xy = 0;
  #yy = 0;

  push(x: number, y: number): void {
    this.#count++;
    const dx = x - this.#meanX;
    const dy = y - this.#meanY;
    this.#meanX += dx / this.#count;
    this.#meanY += dy / this.#count;
    this.#xx += dx * (x - this.#meanX);
    this.#xy += dx * (y - this.#meanY);
    this.#yy += dy * (y - this.#meanY);
  }

  get slope(): number {
    return this.#xx === 0 ? 0 : this.#xy / this.#xx;
  }

  /** Mean square of what the line leaves. */
  get residual(): number {
    return Math.max(0, this.#yy - this.slope * this.#xy) / Math.max(1, this.#count);
  }
}

/** A pace that replies keep to. */
export interface SteadyPace {
  readonly perSecond: number;
  /** Answers before the first loss. */
  readonly burst: number;
}

/** Answers and losses there must be to tell. */
const LEAST = 20;

/** Answers lie no farther from the line than that, in mean square: a token, and how late probes are sent. */
const WIDEST = 4;

/**
 * Independent losses leave N · p · q / 15 on average, and a 200th of N · p · q or less in one of 10^10 runs: the
 * chance that a random walk's mean square is below ε of its end's is about exp(−1 / (8 ε)).
 */
const WALK = 200;

/** Losses that the first burst would have had at the rate of later ones; one, where each n-th is lost. */
const BURST_LOSSES = 3;

/** A pace in time fits so much better than one by the count of probes, where there was no burst. */
const BETTER = 3;

/** Fed in the order of sending, with each probe's final outcome. */
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

  /** @returns `null` where there is none, or too little to tell */
  summary(): SteadyPace | null {
    const { probes, answers } = this.#counted;
    if (this.#losses < LEAST || answers < LEAST) return null;
    const spread = this.#byTime.residual;
    const lossRatio = 1 - answers / probes;
    const walk = answers * lossRatio;
    if (spread > WIDEST || WALK * spread > walk) return null;
    // Every n-th probe lost is as even: it goes by the count of probes, from the first on.
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
