// SPDX-License-Identifier: MIT
// How tall a picture at the bottom of a terminal is.

import { NARROWEST_COLUMNS } from '../report/draw-picture.ts';
import type { Terminal } from './io.ts';

/** Lines of a picture in a window that is tall enough. */
const MOST_LINES = 10;

/** With fewer lines nothing can be recognized. */
const FEWEST_LINES = 3;

/** What a picture has around its own lines: the title above, and three lines below. */
const FRAME_LINES = 4;

/**
 * The lines of the picture itself; `undefined` if the window is too small for one.
 *
 * @param room  the lines that it may fill with its frame
 */
export function pictureLines(
  { columns, rows }: Pick<Terminal, 'columns' | 'rows'>,
  room: number,
): number | undefined {
  const lines = Math.min(MOST_LINES, Math.floor(rows / 2) - 4, room - FRAME_LINES);
  return lines < FEWEST_LINES || columns < NARROWEST_COLUMNS ? undefined : lines;
}
