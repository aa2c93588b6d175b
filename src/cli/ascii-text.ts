// SPDX-License-Identifier: MIT
// Text for a terminal that does not show UTF-8.

/** Our own characters, and their closest ASCII equivalents. */
const ASCII_OF: Readonly<Record<string, string>> = {
  '│': '|',
  '┤': '+',
  '└': '+',
  '─': '-',
  '░': '.',
  '▒': ':',
  '▓': '*',
  '█': '#',
  '×': 'x',
  µ: 'u',
  '±': '+-',
  '…': '...',
};

/** Returns the text in ASCII. Other characters, as in a payload, are escaped by their code point: `\u{e9}`. */
export function asciiText(text: string): string {
  return text.replace(
    /[^\0-\x7f]/gu,
    (character) => ASCII_OF[character] ?? `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}
