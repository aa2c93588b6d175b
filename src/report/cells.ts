// SPDX-License-Identifier: MIT
// What one cell of a terminal can show of a measurement: brightness, and a mark for what did not come back.

/** From few to many: from blue to yellow, distinguishable by brightness alone (xterm's colours). */
export const RAMP: readonly number[] = [25, 31, 37, 42, 148, 220];

export const SHADES: readonly string[] = ['░', '▒', '▓', '█'];

/** Colours after Okabe and Ito, which colour-blind people can distinguish, with a mark for each. */
export interface Mark {
  readonly mark: string;
  readonly colour: number;
}

export const LOST: Mark = { mark: '×', colour: 202 };
export const LATE: Mark = { mark: '~', colour: 214 };
/** A fault of this host itself. */
export const HERE: Mark = { mark: '!', colour: 75 };

export function paint(
  { mark, colour }: Mark,
  { hasColour }: { readonly hasColour: boolean },
): string {
  return hasColour ? `\x1b[38;5;${colour}m${mark}\x1b[0m` : mark;
}
