// SPDX-License-Identifier: MIT
// The kinds of option for differentiated services code points: numbers (RFC 2474), or names in flags.

import { wholeNumber, wrongText, type Kind } from './kind.ts';

const NUMBER = wholeNumber(0, 63);

/** One code point; a flag takes its number, or a name from RFC 2474, 2597 or 3246. */
export const DSCP: Kind<number> = {
  ...NUMBER,
  text: {
    read(name, text) {
      const value = codePoint(text);
      if (value !== undefined) return value;
      const rule = 'a code point from 0 to 63, or one of EF, CS0 to CS7 and AF11 to AF43';
      throw wrongText(name, rule, text);
    },
    write: String,
  },
};

/** Several code points; a flag takes a list with commas, or `all` or `none`. */
export const DSCPS: Kind<readonly number[]> = {
  rule: 'a list of whole numbers from 0 to 63',
  accepts: (value): value is number[] =>
    Array.isArray(value) && value.every((part) => NUMBER.accepts(part)),
  text: {
    read(name, text) {
      if (text === 'none') return [];
      if (text === 'all') return Array.from({ length: 64 }, (_, value) => value);
      return text.split(',').map((part) => {
        const value = codePoint(part);
        if (value !== undefined) return value;
        const rule = 'all, none, or code points from 0 to 63, EF, CS0 to CS7 and AF11 to AF43';
        throw wrongText(name, rule, part, 'write EF,AF41,10');
      });
    },
    write: (values) => (values.length === 0 ? 'none' : values.join(',')),
  },
};

function codePoint(text: string): number | undefined {
  const name = text.toUpperCase();
  if (name === 'EF') return 46;
  const [, selector] = /^CS([0-7])$/.exec(name) ?? [];
  if (selector !== undefined) return Number(selector) * 8;
  const [, assured, precedence] = /^AF([1-4])([1-3])$/.exec(name) ?? [];
  if (assured !== undefined) return Number(assured) * 8 + Number(precedence) * 2;
  return /^\d{1,2}$/.test(text) && Number(text) <= 63 ? Number(text) : undefined;
}
