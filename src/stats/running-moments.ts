// SPDX-License-Identifier: MIT
// Mean and standard deviation of a stream, by Welford's method (B. P. Welford, Technometrics 4(3), 1962; Knuth, The Art
// of Computer Programming, vol. 2, §4.2.2, equations 15 and 16). It sums neither the samples nor their squares, whose
// difference would cancel: each sample moves the mean by its share. In a long run these shares are too small for the
// mean's last digit, so the rounding error of each addition is kept and added with the next (W. Kahan, Communications
// of the ACM 8(1), 1965). Without a sample the mean is null. With one the deviation is null, because one sample says
// nothing about spread.

/** Mean and sample standard deviation (n − 1, because the probes are a sample of the path's behaviour). */
export class RunningMoments {
  #count = 0;
  #mean = 0;
  /** The rounding error of `#mean`. */
  #meanRest = 0;
  /** Σ (x − mean)² of all samples and their current mean. */
  #squares = 0;
  /** The rounding error of `#squares`. */
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
   * Adds all samples of `other`, as if they had been pushed here (Chan, Golub and LeVeque, Updating Formulae and a
   * Pairwise Algorithm for Computing Sample Variances, 1979).
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
