// SPDX-License-Identifier: MIT
// A running load measurement at the bottom of a terminal: the current trial, what is known, and response time against
// load, with the lines of the trials above.

import type { LoadProgress } from '../load/load-options.ts';
import { rateNear } from '../load/verdict/load-words.ts';
import { formatNs } from '../quantities.ts';
import { drawNote, drawTitle, NARROWEST_SUMMARY } from '../report/draw-picture.ts';
import { drawLoadPicture } from '../report/load-picture.ts';
import { bracketLine } from '../report/load-text.ts';
import type { Io, Terminal } from './io.ts';
import { LiveScreen } from './live-screen.ts';
import { pictureLines } from './picture-room.ts';

/** Width of the bar that shows how much of a trial is over. */
const BAR_COLUMNS = 20;

const HELP = 'q quits as Ctrl-C does, space freezes the picture, ? hides this';

export class LoadView {
  readonly screen: LiveScreen;
  readonly #terminal: Terminal;
  #progress: LoadProgress;
  #heardAtMs = performance.now();

  constructor(first: LoadProgress, io: Io, terminal: Terminal) {
    this.#progress = first;
    this.#terminal = terminal;
    const content = {
      narrowest: NARROWEST_SUMMARY,
      body: () => this.#body(),
      help: HELP,
      frozen: 'the measurement goes on; space shows it again',
      ending: 'waiting for the last replies; Ctrl-C ends it now',
      onKey: () => undefined,
    };
    this.screen = new LiveScreen(content, io, terminal);
  }

  update(progress: LoadProgress): void {
    this.#progress = progress;
    this.#heardAtMs = performance.now();
  }

  #body(): readonly string[] {
    const { columns, hasColour } = this.#terminal;
    const { target, trials, bracket } = this.#progress;
    const notes = [
      ...(this.screen.hasEnded ? [] : drawNote('now', this.#nowWords(), columns)),
      ...drawNote('rate', bracketLine(bracket), columns),
    ];
    const { room } = this.screen;
    const lines = pictureLines(this.#terminal, room - notes.length);
    if (lines === undefined) return notes.slice(0, Math.max(0, room));
    const nowNs = this.#elapsedNs();
    return [
      drawTitle(target, { nowNs, sinceNs: 0 }, this.screen.hint, columns),
      ...drawLoadPicture(trials, { columns, lines, hasColour }),
      ...notes,
    ];
  }

  #elapsedNs(): number {
    if (this.screen.hasEnded) return this.#progress.elapsedNs;
    return this.#progress.elapsedNs + (performance.now() - this.#heardAtMs) * 1e6;
  }

  /** `search 1,190/s  ▓▓▓▓▓░░░░░  of 2 s` */
  #nowWords(): string {
    const { phase, trial, budgetNs } = this.#progress;
    const budget = `budget ${formatNs(budgetNs)}`;
    if (trial === null) return `${phase}, ${budget}`;
    const part = Math.min(1, trial.elapsedNs / trial.durationNs);
    const full = Math.round(part * BAR_COLUMNS);
    const bar = `${'▓'.repeat(full)}${'░'.repeat(BAR_COLUMNS - full)}`;
    return `${phase} ${rateNear(trial.intendedPps)}/s ${bar} of ${formatNs(trial.durationNs)}, ${budget}`;
  }
}
