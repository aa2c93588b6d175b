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

/** Lines that are too long are cut, not wrapped (DEC mode 7). */
const WRAP_OFF = '\x1b[?7l';
const WRAP_ON = '\x1b[?7h';

const ERASE_BELOW = '\x1b[J';

export class LiveRegion {
  readonly #output: Output;
  readonly #terminal: Terminal;
  readonly #render: () => readonly string[];
  readonly #timer: NodeJS.Timeout;
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
    if (this.#leftOut > 0) this.#lines.push(this.#output.describeDropped(this.#leftOut));
    this.#write();
    if (this.#drawn.length > 0) this.#output.verbatim('\n');
  }

  readonly #draw = (): void => {
    // A terminal that has not taken the last picture needs no other.
    if (this.#output.stream.writableLength === 0) this.#write();
  };

  #write(): void {
    const region = this.#render();
    const above = this.#lines.map((line) => `${line}\n`).join('');
    const picture = `${WRAP_OFF}${region.join('\n')}${WRAP_ON}`;
    this.#output.verbatim(`${BEGIN_UPDATE}${this.#erase()}${above}${picture}${END_UPDATE}`);
    this.#lines = [];
    this.#drawn = region;
    this.#drawnColumns = this.#terminal.columns;
    this.#drawnAtMs = performance.now();
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
