// SPDX-License-Identifier: MIT
// Escapes text from outside, so that it fits on one line of output.

// Controls, formatting characters (including bidirectional overrides), unassigned and private code points, surrogates
// (Unicode category C), every separator except the plain space (Z), and characters that a terminal shows as nothing,
// such as U+3164, the Hangul filler.
const UNPRINTABLE = /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\\]/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
};

/**
 * Escapes everything that is invisible or controls a terminal (`\n`, `\x1b`, `\u{202e}`), and doubles backslashes, so
 * that no two texts look the same after escaping.
 */
export function escapeText(text: string): string {
  return text.replace(UNPRINTABLE, escapeCharacter);
}

/** Returns `\xff` for 255. */
export function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

function escapeCharacter(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const codePoint = character.codePointAt(0)!;
  // From U+0080 on, the braces distinguish a code point from a stray byte.
  return codePoint < 0x80 ? escapeByte(codePoint) : `\\u{${codePoint.toString(16)}}`;
}
