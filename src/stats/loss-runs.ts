// SPDX-License-Identifier: MIT
// How losses cluster (RFC 3357 §5, §6: loss periods and their lengths). A run is a maximal sequence of consecutive lost
// probes. Call it in send order, once per probe. A run that begins with the first probe, or is still going when the
// session ends, counts with its observed length. A late reply is a loss here, as in the loss ratio.

/** Lengths that are counted separately. The last one stands for itself and all longer ones. */
export const LOSS_RUN_LENGTHS = 64;

/** The runs of a session. */
export interface LossRunsSummary {
  readonly count: number;
  /** Most consecutive lost probes; 0 without a loss. */
  readonly longest: number;
  /** `null` without a loss. */
  readonly meanLength: number | null;
  /** Length of the run at the end; 0 if the last probe was answered. */
  readonly atEnd: number;
}

/** Counts runs of losses; one that is still going counts with its length so far. */
export class LossRuns {
  readonly #runsByLength = new Float64Array(LOSS_RUN_LENGTHS);
  #count = 0;
  #lost = 0;
  #longest = 0;
  #current = 0;

  /** @param rttNs  `undefined` for a probe without a reply in time */
  push(rttNs: number | undefined): void {
    if (rttNs !== undefined) {
      this.#current = 0;
      return;
    }
    if (this.#current === 0) this.#count++;
    else this.#countLength(this.#current, -1);
    this.#current++;
    this.#countLength(this.#current, 1);
    this.#lost++;
    this.#longest = Math.max(this.#longest, this.#current);
  }

  /** Runs of one loss, of two, … of `LOSS_RUN_LENGTHS` or more. */
  runsByLength(): number[] {
    return [...this.#runsByLength];
  }

  summary(): LossRunsSummary {
    return {
      count: this.#count,
      longest: this.#longest,
      meanLength: this.#count === 0 ? null : this.#lost / this.#count,
      atEnd: this.#current,
    };
  }

  #countLength(length: number, runs: 1 | -1): void {
    const cell = Math.min(length, LOSS_RUN_LENGTHS) - 1;
    this.#runsByLength[cell] = this.#runsByLength[cell]! + runs;
  }
}
