// SPDX-License-Identifier: MIT
// Tells how a search goes on.

import { callListeners } from '../listeners.ts';
import type { Bounds } from './bounds.ts';
import type { LoadProgress, LoadPhase, CurrentTrial } from './load-options.ts';
import type { LoadTrial } from './load-result.ts';
import type { SearchListener } from './search.ts';
import type { TrialSpec } from './trial.ts';

const EVERY_MS = 250;

/** The parts of a progress report that never change. */
type Fixed = Pick<LoadProgress, 'target' | 'engine' | 'engineReason' | 'budgetNs'>;

export class Progress implements SearchListener, Disposable {
  readonly #fixed: Fixed;
  readonly #elapsedNs: () => number;
  readonly #tell: ((progress: LoadProgress) => void) | undefined;
  readonly #trials: LoadTrial[] = [];
  readonly #timer: NodeJS.Timeout | undefined;
  #phase: LoadPhase = 'idle';
  #bracket: Bounds = { lowerPps: null, upperPps: null };
  #spec: TrialSpec | undefined;
  #beganNs = 0;

  /** @param tell  without it nothing is told */
  constructor(
    fixed: Fixed,
    elapsedNs: () => number,
    tell: ((progress: LoadProgress) => void) | undefined,
  ) {
    this.#fixed = fixed;
    this.#elapsedNs = elapsedNs;
    this.#tell = tell;
    if (tell === undefined) return;
    this.#timer = setInterval(this.#report, EVERY_MS);
    this.#report();
  }

  begins(spec: TrialSpec, bounds: Bounds): void {
    this.#spec = spec;
    this.#phase = spec.phase;
    this.#bracket = bounds;
    this.#beganNs = this.#elapsedNs();
    this.#report();
  }

  ended(trial: LoadTrial | undefined, bounds: Bounds): void {
    this.#spec = undefined;
    this.#bracket = bounds;
    if (trial !== undefined) this.#trials.push(trial);
    this.#report();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  readonly #report = (): void => {
    const tell = this.#tell;
    if (tell === undefined) return;
    const progress = {
      ...this.#fixed,
      phase: this.#phase,
      elapsedNs: this.#elapsedNs(),
      trial: this.#current(),
      bracket: this.#bracket,
      trials: [...this.#trials],
    };
    callListeners(() => {
      tell(progress);
      return true;
    });
  };

  #current(): CurrentTrial | null {
    if (this.#spec === undefined) return null;
    const { pps: intendedPps, durationNs } = this.#spec;
    const elapsedNs = Math.min(durationNs, this.#elapsedNs() - this.#beganNs);
    return { intendedPps, durationNs, elapsedNs };
  }
}
