// SPDX-License-Identifier: MIT
// The numbers so far of a measurement, on standard error, whenever SIGQUIT asks for them.

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
   * Its first probe is about to leave.
   *
   * @param view  the picture that the numbers must not tear
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
    // Its summary tells soon.
    if (interim === null) return;
    const lines = interimLines(interim).map((line) => `echogram: ${line}`);
    if (this.#view === undefined) this.#io.stderr.narrate(...lines);
    else this.#view.tell(...lines);
  }
}
