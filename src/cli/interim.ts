// SPDX-License-Identifier: MIT
// Prints a measurement's interim numbers to standard error on SIGQUIT.

import type { PingRun } from '../client/ping-run.ts';
import { interimLines } from '../report/ping-text.ts';
import type { Io } from './io.ts';
import type { LiveView } from './live-view.ts';

export class Interim implements Disposable {
  readonly #io: Io;
  readonly #listening: Disposable;
  #run: PingRun | undefined;
  #view: LiveView | undefined;

  constructor(io: Io) {
    this.#io = io;
    this.#listening = io.questions.answerWith(() => void this.#tell());
  }

  /**
   * Starts: the first probe is about to leave.
   *
   * @param view  the live view, which the numbers must not disrupt
   */
  begin(run: PingRun, view: LiveView | undefined): void {
    this.#run = run;
    this.#view = view;
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }

  async #tell(): Promise<void> {
    if (this.#run === undefined) {
      this.#io.stderr.narrate('echogram: no probe was sent yet');
      return;
    }
    const interim = await this.#run.interim();
    // The summary follows soon.
    if (interim === null) return;
    const lines = interimLines(interim).map((line) => `echogram: ${line}`);
    if (this.#view === undefined) this.#io.stderr.narrate(...lines);
    else this.#view.tell(...lines);
  }
}
