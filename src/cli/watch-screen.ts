// SPDX-License-Identifier: MIT
// The table of a watch at the bottom of a terminal, with events above, and its keys.

import type { Watch } from '../watch/running-watch.ts';
import { drawTable, NARROWEST_TABLE } from '../report/watch-table.ts';
import type { Io, Terminal } from './io.ts';
import { LiveScreen } from './live-screen.ts';

const HELP = 'q quits as Ctrl-C does, space freezes the table, ? hides this';

export function watchScreen(watch: Watch, io: Io, terminal: Terminal): LiveScreen {
  const body = (): readonly string[] => {
    const { columns, hasColour } = terminal;
    const lines = Math.max(1, screen.room);
    return drawTable(watch.board.statuses, { columns, lines, hasColour }, screen.hint);
  };
  const content = {
    narrowest: NARROWEST_TABLE,
    body,
    help: HELP,
    frozen: 'the watch goes on; space shows it again',
    ending: 'waiting for the last replies; Ctrl-C ends it now',
    onKey: () => undefined,
  };
  const screen = new LiveScreen(content, io, terminal);
  return screen;
}
