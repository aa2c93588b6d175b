// SPDX-License-Identifier: MIT
// Mean and standard deviation of a stream, by Welford's method (B. P. Welford, Technometrics 4(3),
// 1962; Knuth, The Art of Computer Programming, vol. 2, §4.2.2, equations 15 and 16).
// It sums neither the samples nor their squares, whose difference would cancel: each sample moves the
// mean by its share. Shares of a long run are too small for the mean's last digit, so what addition
// rounds off is kept and added with the next (W. Kahan, Communications of the ACM 8(1), 1965).
// No sample: the mean is null. One: the deviation is null, as one sample says nothing about spread.

/** Mean and sample standard deviation (n − 1: the probes are a sample of what the path does). */
export class RunningMoments {
  #count = 0;
  #mean = 0;
  /** What `#mean` lacks. */
  #meanRest = 0;
  /** Σ (x − mean)², of all samples and their present mean. */
  #squares = 0;
  /** What `#squares` lacks. */
  #squaresRest = 0;

  get count(): number {
    return this.#count;
  }

  /** `null` before the first sample. */
  get mean(): number | null {
    return this.#count === 0 ? null : this.#mean;
  }

  /** √(Σ (x − mean)² / (n − 1)); `null` before the second sample. */
  get stddev(): number | null {
    return this.#count < 2 ? null : Math.sqrt(this.#squares / (this.#count - 1));
  }

  push(value: number): void {
    const fromOldMean = this.#distanceOf(value);
    this.#count++;
    this.#addToMean(fromOldMean / this.#count);
    this.#addToSquares(fromOldMean * this.#distanceOf(value));
  }

  /**
   * Takes in all that `other` has seen, as if it had been pushed here (Chan, Golub and LeVeque,
   * Updating Formulae and a Pairwise Algorithm for Computing Sample Variances, 1979).
   */
  add(other: RunningMoments): void {
    if (other.#count === 0) return;
    const count = this.#count + other.#count;
    const share = other.#count / count;
    const apart = this.#distanceOf(other.#mean) + other.#meanRest;
    const squares = other.#squares + apart * apart * this.#count * share;
    this.#addToMean(apart * share);
    this.#addToSquares(squares);
    this.#count = count;
  }

  #distanceOf(value: number): number {
    return value - this.#mean - this.#meanRest;
  }

  #addToMean(step: number): void {
    const whole = step + this.#meanRest;
    const mean = this.#mean + whole;
    this.#meanRest = whole - (mean - this.#mean);
    this.#mean = mean;
  }

  #addToSquares(step: number): void {
    const whole = step + this.#squaresRest;
    const squares = this.#squares + whole;
    this.#squaresRest = whole - (squares - this.#squares);
    this.#squares = squares;
  }
}
