// SPDX-License-Identifier: MIT
// The picture of a measurement at the bottom of a terminal, with the lines of its probes above.

import type { ProbeRecord } from '../client/session/probe-record.ts';
import type { SessionStart } from '../client/session/session-result.ts';
import {
  drawPicture,
  drawSummary,
  NARROWEST_COLUMNS,
  NARROWEST_SUMMARY,
} from '../report/draw-picture.ts';
import { LivePicture } from '../report/live-picture.ts';
import type { Io, Terminal } from './io.ts';
import { LiveRegion } from './live-region.ts';

/** Lines of a picture in a window that is high enough. */
const MOST_LINES = 10;

/** With fewer nothing is seen. */
const FEWEST_LINES = 3;

/** Losses and axis, beneath the picture's own lines. */
const BENEATH_LINES = 2;

/** Lines above that are left to those of probes. */
const ABOVE_LINES = 2;

export class LiveView {
  readonly #io: Io;
  readonly #terminal: Terminal;
  #picture: LivePicture | undefined;
  #region: LiveRegion | undefined;

  constructor(io: Io, terminal: Terminal) {
    this.#io = io;
    this.#terminal = terminal;
  }

  /** It is known how is measured, and the first probe is about to leave. */
  begin({ config }: SessionStart): void {
    const picture = new LivePicture(config);
    const startedAtMs = performance.now();
    const render = (): readonly string[] =>
      this.#render(picture, (performance.now() - startedAtMs) * 1e6);
    this.#picture = picture;
    this.#region = new LiveRegion(this.#io.stdout, this.#terminal, render);
  }

  add(record: ProbeRecord): void {
    this.#picture?.add(record);
  }

  narrate(line: string): void {
    this.#region?.print(line);
  }

  /** Prints lines on standard error; above the picture, where that is a terminal too. */
  tell(...lines: readonly string[]): void {
    const { stderr } = this.#io;
    const isTerminal = (stderr.stream as { isTTY?: boolean }).isTTY === true;
    if (isTerminal) for (const line of lines) this.narrate(line);
    else stderr.narrate(...lines);
  }

  end(): void {
    this.#region?.end();
  }

  #render(picture: LivePicture, nowNs: number): readonly string[] {
    const { columns, rows, hasColour, hasUtf8 } = this.#terminal;
    if (columns < NARROWEST_SUMMARY) return [];
    const summary = drawSummary(picture, { columns, hasColour });
    const room = rows - ABOVE_LINES - summary.length - BENEATH_LINES;
    const lines = Math.min(MOST_LINES, Math.floor(rows / 2) - 4, room);
    if (lines < FEWEST_LINES || columns < NARROWEST_COLUMNS) {
      return summary.slice(0, Math.max(0, rows - ABOVE_LINES));
    }
    return drawPicture(picture, nowNs, { columns, lines, hasColour, hasUtf8 });
  }
}
