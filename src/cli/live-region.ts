// SPDX-License-Identifier: MIT
// Lines at the bottom of a terminal that are drawn anew in place, beneath others that stay.

import { stripVTControlCharacters } from 'node:util';
import type { Terminal } from './io.ts';
import type { Output } from './output.ts';

/** Drawn so often: a person sees no more, and a slow line carries it. */
const DRAW_MS = 250;

/** Lines held for a terminal that doesn't keep up; past this, they are left out and counted. */
const HELD_LINES = 1000;

/** A program that can (DEC mode 2026) shows what is between at once, without flicker. */
const BEGIN_UPDATE = '\x1b[?2026h';
const END_UPDATE = '\x1b[?2026l';

/** A line that is too long, because the terminal became narrower meanwhile, does not wrap (DEC mode 7). */
const WRAP_OFF = '\x1b[?7l';
const WRAP_ON = '\x1b[?7h';

const ERASE_BELOW = '\x1b[J';

/** A colour, which takes no place, or one character that is seen. */
const SHOWN_UNIT = /\x1b\[[\d;]*m|./gsu;

export class LiveRegion {
  readonly #output: Output;
  readonly #terminal: Terminal;
  readonly #render: () => readonly string[];
  readonly #timer: NodeJS.Timeout;
  readonly #forgetJobs: () => void;
  #lines: string[] = [];
  #leftOut = 0;
  #drawn: readonly string[] = [];
  #drawnColumns = 0;
  #drawnAtMs = -Infinity;

  /** @param render  makes the lines of the region, for the terminal as it is then */
  constructor(output: Output, terminal: Terminal, render: () => readonly string[]) {
    this.#output = output;
    this.#terminal = terminal;
    this.#render = render;
    this.#timer = setInterval(this.#draw, DRAW_MS).unref();
    this.#forgetJobs = terminal.jobs.onSuspension(this.#leave, this.#comeBack);
  }

  /** Prints a line above the region, with the next drawing at the latest. */
  print(line: string): void {
    if (this.#lines.length >= HELD_LINES) this.#leftOut++;
    else this.#lines.push(line);
    if (performance.now() - this.#drawnAtMs >= DRAW_MS) this.#draw();
  }

  /** Draws a last time and leaves what is drawn where it is. */
  end(): void {
    clearInterval(this.#timer);
    this.#forgetJobs();
    if (this.#leftOut > 0) this.#lines.push(this.#output.describeMissing(this.#leftOut));
    this.#write();
    if (this.#drawn.length > 0) this.#output.verbatim('\n');
  }

  readonly #draw = (): void => {
    // A terminal that has not taken the last picture needs no other.
    if (this.#output.stream.writableLength === 0) this.#write();
  };

  /** Ctrl-Z discards what the terminal has not taken, such as the end of a picture: the shell needs its modes. */
  readonly #leave = (): void => {
    this.#output.verbatim(`${WRAP_ON}${END_UPDATE}`);
  };

  /** What was drawn last is somewhere above. Nobody can know where, so a new one is drawn beneath. */
  readonly #comeBack = (): void => {
    if (this.#terminal.jobs.isInForeground()) this.#output.verbatim('\n');
    this.#drawn = [];
    this.#draw();
  };

  #write(): void {
    const above = this.#lines.map((line) => `${line}\n`).join('');
    this.#lines = [];
    this.#drawnAtMs = performance.now();
    if (this.#terminal.jobs.isInForeground()) this.#drawBeneath(above);
    else this.#printInBackground(above);
  }

  #drawBeneath(above: string): void {
    const { columns } = this.#terminal;
    const region = this.#render().map((line) => cutTo(columns, line));
    const picture = `${WRAP_OFF}${region.join('\n')}${WRAP_ON}`;
    this.#output.verbatim(`${BEGIN_UPDATE}${this.#erase()}${above}${picture}${END_UPDATE}`);
    this.#drawn = region;
    this.#drawnColumns = columns;
  }

  /** The shell edits its line there: to erase anything would take that away. */
  #printInBackground(above: string): void {
    if (above !== '') this.#output.verbatim(above);
    this.#drawn = [];
  }

  /** Goes back to where the region begins; where the terminal became narrower, its lines were wrapped. */
  #erase(): string {
    const rows = this.#drawn.reduce((sum, line) => sum + this.#rowsOf(line), 0);
    return `\r${rows > 1 ? `\x1b[${rows - 1}A` : ''}${ERASE_BELOW}`;
  }

  #rowsOf(line: string): number {
    const shown = Math.min(stripVTControlCharacters(line).length, this.#drawnColumns);
    return Math.max(1, Math.ceil(shown / this.#terminal.columns));
  }
}

/** The part of a line that fits, with all its colours. */
function cutTo(columns: number, line: string): string {
  if (stripVTControlCharacters(line).length <= columns) return line;
  let room = columns;
  return line.replace(SHOWN_UNIT, (unit) => (unit.length > 1 || room-- > 0 ? unit : ''));
}
