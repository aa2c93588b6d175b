// SPDX-License-Identifier: MIT
// Splits the first sentence of a verdict in two: the text in large type, and the rest.

/** @returns `UDP works.`, and the rest, which may be empty */
export function splitHeadline(sentence: string): readonly [headline: string, rest: string] {
  const end = clauseEnd(sentence);
  const clause = sentence.slice(0, end);
  const rest = capitalised(sentence.slice(end + 1).trim());
  const [, head = clause, aside] = /^(.+?) \((.*)\)$/s.exec(clause) ?? [];
  const large = /[.:]$/.test(head) ? head.slice(0, -1) : head;
  const beside = aside === undefined ? '' : `${capitalised(aside)}.`;
  return [`${large}.`, [beside, rest].filter((text) => text !== '').join(' ')];
}

/** Where the first clause ends: a colon or a full stop before a space, but not in parentheses. */
function clauseEnd(sentence: string): number {
  let depth = 0;
  for (let at = 0; at < sentence.length - 1; at++) {
    const character = sentence[at]!;
    if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (depth === 0 && /[.:]/.test(character) && sentence[at + 1] === ' ') return at;
  }
  return sentence.length - (sentence.endsWith('.') ? 1 : 0);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
