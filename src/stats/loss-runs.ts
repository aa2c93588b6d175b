// SPDX-License-Identifier: MIT
// How losses cluster (RFC 3357 §5, §6: loss periods and their lengths). A run is as many probes
// lost one after the other as there are. Fed in send order, one call for each probe.
// A run that begins with the first probe, or that the session ends in, counts with the length that
// was seen. A late reply is a loss here, as in the loss ratio.

/** Lengths that are counted apart. The last of them stands for itself and all longer ones. */
export const LOSS_RUN_LENGTHS = 64;

/** The runs of a session. */
export interface LossRunsSummary {
  readonly count: number;
  /** Most probes lost one after the other; 0 without a loss. */
  readonly longest: number;
  /** `null` without a loss. */
  readonly meanLength: number | null;
  /** Length of the run that is still going on; 0 where the last probe was answered. */
  readonly atEnd: number;
}

/** Counts runs of losses; one that is still going on is counted with its length so far. */
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
