// SPDX-License-Identifier: MIT
// Passes an engine's reports to its server. The server is created once the engine runs, and then gets the earlier
// reports.

import type { LimitedSource } from '../limit-notices.ts';
import type { DatagramSample } from '../sampler.ts';

/** The receiver of the reports. */
export interface EngineListener {
  readonly onSample: (sample: DatagramSample) => void;
  /** Called with a source that a limit refuses, if one is wanted: see `LimitRules`. */
  readonly onLimited: (limited: LimitedSource) => void;
  /** Called with what the user should know, as a whole sentence. */
  readonly onNotice: (notice: string) => void;
  /** Called once with the reason if nothing is left to answer: the engine must be closed then. */
  readonly onFailed: (reason: string) => void;
}

export class EngineReports implements EngineListener {
  #listener: EngineListener | undefined;
  readonly #earlyNotices: string[] = [];
  #earlyFailure: string | undefined;

  /** Notices from before anybody listened: at most a few, from threads that died while others started. */
  get earlyNotices(): readonly string[] {
    return this.#earlyNotices;
  }

  /** From now on reports go to `listener`; an earlier failure is reported at once. */
  listen(listener: EngineListener): void {
    this.#listener = listener;
    if (this.#earlyFailure !== undefined) listener.onFailed(this.#earlyFailure);
  }

  /** There is none before the server has given credit for it. */
  readonly onSample = (sample: DatagramSample): void => {
    this.#listener?.onSample(sample);
  };

  /** There is none before the server wants one. */
  readonly onLimited = (limited: LimitedSource): void => {
    this.#listener?.onLimited(limited);
  };

  readonly onNotice = (notice: string): void => {
    if (this.#listener === undefined) this.#earlyNotices.push(notice);
    else this.#listener.onNotice(notice);
  };

  readonly onFailed = (reason: string): void => {
    if (this.#listener === undefined) this.#earlyFailure = reason;
    else this.#listener.onFailed(reason);
  };
}
