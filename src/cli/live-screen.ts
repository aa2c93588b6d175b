// SPDX-License-Identifier: MIT
// A live region of a terminal with its keys, and what happens to both while the shell has the terminal.

import { drawNote } from '../report/draw-picture.ts';
import type { Io, Keyboard, Terminal } from './io.ts';
import { LiveRegion } from './live-region.ts';

/** Ctrl-S and Ctrl-Q, which a terminal itself acts upon while its keys are not taken (termios(3): VSTOP, VSTART). */
const STOP_OUTPUT = '\x13';
const START_OUTPUT = '\x11';

/** Lines above that are left to messages. */
const ABOVE_LINES = 2;

/** The content of a screen. */
export interface ScreenContent {
  /** With fewer columns nothing is shown. */
  readonly narrowest: number;
  /** The current lines, for the terminal's current size. */
  readonly body: () => readonly string[];
  /** What the keys do. */
  readonly help: string;
  /** The notes while the lines are frozen, and while the program is ending. */
  readonly frozen: string;
  readonly ending: string;
  /** Called with each key that the screen itself does not use, in lower case. */
  readonly onKey: (key: string) => void;
}

export class LiveScreen {
  readonly region: LiveRegion;
  readonly #content: ScreenContent;
  readonly #io: Io;
  readonly #terminal: Terminal;
  readonly #keyboard: Keyboard | undefined;
  readonly #forgetJobs: () => void;
  /** The lines at the moment of freezing. */
  #frozen: readonly string[] | undefined;
  #isHelping = false;
  #hasEnded = false;

  constructor(content: ScreenContent, io: Io, terminal: Terminal) {
    this.#content = content;
    this.#io = io;
    this.#terminal = terminal;
    this.#keyboard = terminal.keyboard;
    if (this.#keyboard !== undefined) this.#keyboard.onKey = this.#act;
    this.region = new LiveRegion(io.stdout, terminal, () => this.#render());
    this.#forgetJobs = terminal.jobs.onSuspension(this.#leave, this.#comeBack);
    if (terminal.jobs.isInForeground()) this.#keyboard?.take();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Tells the user that there are keys. */
  get hint(): string {
    return this.#keyboard?.isTaken === true && !this.#hasEnded ? '? help' : '';
  }

  /** The lines that the content may fill, below a few messages and above the notes. */
  get room(): number {
    return this.#terminal.rows - ABOVE_LINES - this.notes().length;
  }

  end(): void {
    this.#hasEnded = true;
    this.#forgetJobs();
    this.thaw();
    this.region.end();
    this.#keyboard?.leave();
  }

  thaw(): void {
    if (this.#frozen === undefined) return;
    this.#frozen = undefined;
    this.region.thaw();
  }

  /** Prints a line above the region. */
  narrate(line: string): void {
    this.region.print(line);
  }

  /** Prints messages on standard error; above the region, if that is a terminal too. */
  tell(...lines: readonly string[]): void {
    const { stderr } = this.#io;
    if (stderr.isTerminal) this.region.printNow(lines);
    else stderr.narrate(...lines);
  }

  /** The effects of keys that were pressed, and the help. */
  notes(): readonly string[] {
    if (this.#hasEnded) return [];
    const { columns } = this.#terminal;
    const { frozen, ending, help } = this.#content;
    const notes: readonly (readonly [string, string, isShown: boolean])[] = [
      ['frozen', frozen, this.#frozen !== undefined],
      ['ending', ending, this.#io.stop.aborted],
      ['keys', help, this.#isHelping],
    ];
    return notes
      .filter(([, , isShown]) => isShown)
      .flatMap(([label, text]) => drawNote(label, text, columns));
  }

  readonly #leave = (): void => {
    this.region.leave();
    this.#keyboard?.leave();
  };

  readonly #comeBack = (): void => {
    // SIGSTOP comes without notice, and the shell has set the terminal for itself since.
    this.#keyboard?.leave();
    this.region.comeBack();
  };

  readonly #act = (typed: string): void => {
    const key = typed.toLowerCase();
    switch (key) {
      case 'q':
        this.#quit();
        return;
      case ' ':
        if (this.#frozen === undefined) this.#freeze();
        else this.thaw();
        return;
      case STOP_OUTPUT:
        this.#freeze();
        return;
      case START_OUTPUT:
        this.thaw();
        return;
      case '?':
      case 'h':
        this.#isHelping = !this.#isHelping;
        this.region.draw();
        return;
      default:
        this.#content.onKey(key);
    }
  };

  /** Acts only once: holding the key must not have the effect of a second Ctrl-C. */
  #quit(): void {
    this.thaw();
    if (!this.#io.stop.aborted) this.#terminal.jobs.interrupt();
  }

  #freeze(): void {
    if (this.#frozen !== undefined) return;
    this.#frozen = this.#content.body();
    this.region.freeze();
  }

  /** Called only in the foreground. */
  #render(): readonly string[] {
    if (!this.#hasEnded) this.#keyboard?.take();
    const { columns, rows } = this.#terminal;
    if (columns < this.#content.narrowest) return [];
    const notes = this.notes();
    const body = this.#frozen ?? this.#content.body();
    return [...body.slice(0, Math.max(0, rows - 1 - notes.length)), ...notes];
  }
}
