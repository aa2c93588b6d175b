// SPDX-License-Identifier: MIT
// Lines at the bottom of a terminal that are redrawn in place, below lines that stay.

import { stripVTControlCharacters } from 'node:util';
import { countOf } from '../quantities.ts';
import { wrapWords } from '../report/wrap-words.ts';
import type { Terminal } from './io.ts';
import type { Output } from './output.ts';

/** The interval of drawing: people can't follow a shorter one, and a slow line can carry it. */
const DRAW_MS = 250;

/** Maximum lines held for a terminal that doesn't keep up; further lines are omitted and counted. */
const HELD_LINES = 1000;

/** A terminal that supports DEC mode 2026 shows everything in between at once, without flicker. */
const BEGIN_UPDATE = '\x1b[?2026h';
const END_UPDATE = '\x1b[?2026l';

/** Keeps a line that is too long, because the terminal became narrower, from wrapping (DEC mode 7). */
const WRAP_OFF = '\x1b[?7l';
const WRAP_ON = '\x1b[?7h';

const ERASE_BELOW = '\x1b[J';

/** A colour code, which takes no space, or one visible character. */
const SHOWN_UNIT = /\x1b\[[\d;]*m|./gsu;

export class LiveRegion {
  readonly #output: Output;
  readonly #terminal: Terminal;
  readonly #render: () => readonly string[];
  readonly #timer: NodeJS.Timeout;
  #isFrozen = false;
  #lines: string[] = [];
  #leftOut = 0;
  #drawn: readonly string[] = [];
  #drawnColumns = 0;
  #drawnAtMs = -Infinity;

  /** @param render  makes the lines of the region for the terminal's current size */
  constructor(output: Output, terminal: Terminal, render: () => readonly string[]) {
    this.#output = output;
    this.#terminal = terminal;
    this.#render = render;
    this.#timer = setInterval(this.#drawAgain, DRAW_MS).unref();
  }

  /** Prints a line above the region, at the latest with the next drawing. */
  print(line: string): void {
    if (this.#lines.length >= HELD_LINES) this.#leftOut++;
    else this.#lines.push(...this.#wrapped(line));
    if (performance.now() - this.#drawnAtMs >= DRAW_MS) this.#drawAgain();
  }

  /** Prints lines above the region, together with those that wait. */
  printNow(lines: readonly string[]): void {
    this.#lines.push(...lines.flatMap((line) => this.#wrapped(line)));
    this.#write();
  }

  /** Draws now, whatever has changed. */
  draw(): void {
    this.#write();
  }

  /** Draws once more, and then nothing until `thaw`; lines wait. */
  freeze(): void {
    this.#write();
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    if (this.#leftOut > 0) {
      this.#lines.push(`(${countOf(this.#leftOut, 'line')} not shown)`);
      this.#leftOut = 0;
    }
    this.#write();
  }

  /** Draws a last time and leaves the drawing in place. */
  end(): void {
    clearInterval(this.#timer);
    if (this.#leftOut > 0) this.#lines.push(this.#output.describeMissing(this.#leftOut));
    this.#write();
    if (this.#drawn.length > 0) this.#output.verbatim('\n');
  }

  /**
   * Ctrl-Z discards output that the terminal has not taken, such as the end of a picture, but the shell needs the
   * terminal's modes restored.
   */
  leave(): void {
    this.#output.verbatim(`${WRAP_ON}${END_UPDATE}`);
  }

  /** The last drawing is at an unknown place above, so a new one is drawn below. */
  comeBack(): void {
    if (this.#terminal.jobs.isInForeground()) this.#output.verbatim('\n');
    this.#drawn = [];
    this.#write();
  }

  readonly #drawAgain = (): void => {
    // A terminal that has not taken the last picture yet needs no new one.
    if (!this.#isFrozen && this.#output.stream.writableLength === 0) this.#write();
  };

  #wrapped(line: string): string[] {
    return wrapWords(line, this.#terminal.columns);
  }

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

  /** The shell edits its line there, and erasing anything would remove it. */
  #printInBackground(above: string): void {
    if (above !== '') this.#output.verbatim(above);
    this.#drawn = [];
  }

  /** Moves back to the beginning of the region; if the terminal became narrower, its lines have wrapped. */
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
