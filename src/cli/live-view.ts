// SPDX-License-Identifier: MIT
// The picture of a measurement at the bottom of a terminal, with the lines of its probes above, and its keys.

import type { ProbeRecord } from '../client/session/probe-record.ts';
import type { SessionStart } from '../client/session/session-result.ts';
import { drawPicture, drawSummary, drawTitle, NARROWEST_SUMMARY } from '../report/draw-picture.ts';
import { LivePicture } from '../report/live-picture.ts';
import { formatNs } from '../quantities.ts';
import type { Io, Terminal } from './io.ts';
import { LiveScreen } from './live-screen.ts';
import { pictureLines } from './picture-room.ts';

const HELP =
  'q quits as Ctrl-C does, space freezes the picture, r resets it (the result keeps everything), ? hides this';

export class LiveView {
  readonly #io: Io;
  readonly #terminal: Terminal;
  #shown: Shown | undefined;

  constructor(io: Io, terminal: Terminal) {
    this.#io = io;
    this.#terminal = terminal;
  }

  /** Starts the view: the settings are known, and the first probe is about to leave. */
  begin(start: SessionStart): void {
    this.#shown = new Shown(start, this.#io, this.#terminal);
  }

  add(record: ProbeRecord): void {
    this.#shown?.picture.add(record);
  }

  narrate(line: string): void {
    this.#shown?.screen.narrate(line);
  }

  /** Prints messages on standard error; above the picture, if that is a terminal too. */
  tell(...lines: readonly string[]): void {
    this.#shown?.screen.tell(...lines);
  }

  end(): void {
    this.#shown?.screen.end();
  }
}

/** The view of a measurement that has begun. */
class Shown {
  readonly picture: LivePicture;
  readonly screen: LiveScreen;
  readonly #target: SessionStart['target'];
  readonly #terminal: Terminal;
  readonly #startedAtMs = performance.now();

  constructor({ config, target }: SessionStart, io: Io, terminal: Terminal) {
    this.#target = target;
    this.#terminal = terminal;
    this.picture = new LivePicture(config);
    const content = {
      narrowest: NARROWEST_SUMMARY,
      body: () => this.#body(),
      help: HELP,
      frozen: 'the measurement goes on; space shows it again',
      ending: 'waiting for the last replies; Ctrl-C ends it now',
      onKey: (key: string) => {
        if (key === 'r') this.#beginAnew();
      },
    };
    this.screen = new LiveScreen(content, io, terminal);
  }

  #beginAnew(): void {
    this.screen.thaw();
    const nowNs = this.#nowNs();
    this.picture.beginAnew(nowNs);
    this.screen.region.printNow([
      `(view reset after ${formatNs(nowNs)}: its numbers begin anew, the result keeps everything)`,
    ]);
  }

  #nowNs(): number {
    return (performance.now() - this.#startedAtMs) * 1e6;
  }

  /** The picture, or what there is room for. */
  #body(): readonly string[] {
    const { columns, hasColour, hasUtf8 } = this.#terminal;
    const size = { columns, hasColour, hasUtf8, hasVerdict: this.screen.hasEnded };
    const summary = drawSummary(this.picture, size);
    const { room } = this.screen;
    const lines = pictureLines(this.#terminal, room - summary.length);
    if (lines === undefined) return summary.slice(0, Math.max(0, room));
    const nowNs = this.#nowNs();
    const { sinceNs } = this.picture;
    return [
      drawTitle(this.#target, { nowNs, sinceNs }, this.screen.hint, columns),
      ...drawPicture(this.picture, nowNs, { ...size, lines }),
    ];
  }
}
