// SPDX-License-Identifier: MIT
// The straight line that fits points best (ordinary least squares), in constant memory.

export class Line {
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

  /** How many points it has. */
  get count(): number {
    return this.#count;
  }

  /** 0 if all points have the same x. */
  get slope(): number {
    return this.#xx === 0 ? 0 : this.#xy / this.#xx;
  }

  /** The y of the line at x. */
  at(x: number): number {
    return this.#meanY + this.slope * (x - this.#meanX);
  }

  /** Mean square of the residuals. */
  get residual(): number {
    return Math.max(0, this.#yy - this.slope * this.#xy) / Math.max(1, this.#count);
  }
}
