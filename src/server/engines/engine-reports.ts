// SPDX-License-Identifier: MIT
// What an engine tells its server. The server is made once the engine runs, and learns then what was told before.

import type { LimitedSource } from '../limit-notices.ts';
import type { DatagramSample } from '../sampler.ts';

/** Who is told. */
export interface EngineListener {
  readonly onSample: (sample: DatagramSample) => void;
  /** Told of a source that a limit refuses, where that was wanted: see `LimitRules`. */
  readonly onLimited: (limited: LimitedSource) => void;
  /** Told what the user should know, in a whole sentence. */
  readonly onNotice: (notice: string) => void;
  /** Told why, once, where nobody is left to answer: the engine has to be closed then. */
  readonly onFailed: (reason: string) => void;
}

export class EngineReports implements EngineListener {
  #listener: EngineListener | undefined;
  readonly #earlyNotices: string[] = [];
  #earlyFailure: string | undefined;

  /** Notices that came before anybody listened: a few at most, of threads that died as others started. */
  get earlyNotices(): readonly string[] {
    return this.#earlyNotices;
  }

  /** From now on `listener` is told; at once of a failure that came before. */
  listen(listener: EngineListener): void {
    this.#listener = listener;
    if (this.#earlyFailure !== undefined) listener.onFailed(this.#earlyFailure);
  }

  /** None comes before the server has given credit for it. */
  readonly onSample = (sample: DatagramSample): void => {
    this.#listener?.onSample(sample);
  };

  /** None comes before the server wants it. */
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
