// SPDX-License-Identifier: MIT
// The kind of option for the key of authenticated STAMP. No flag takes the key itself, because the process list would
// show it.

import { countOf } from '../quantities.ts';
import type { Kind } from './kind.ts';
import { option, type Option, type ResultPlace } from './option.ts';

/** RFC 2104 section 3 discourages keys shorter than the HMAC, which STAMP truncates to this length. */
export const STAMP_KEY_MIN_BYTES = 16;

/** A result shows only whether there was a key. */
const STAMP_KEY: Kind<Uint8Array, boolean> = {
  rule: `a Uint8Array of ${STAMP_KEY_MIN_BYTES} octets or more`,
  accepts: (value): value is Uint8Array =>
    value instanceof Uint8Array && value.length >= STAMP_KEY_MIN_BYTES,
  inWords: (value) =>
    value instanceof Uint8Array
      ? countOf(value.length, 'octet')
      : `a value of type ${typeof value}`,
  shown: {
    schema: { description: 'True if STAMP packets carry an HMAC.', type: 'boolean' },
    of: (key) => key !== undefined,
    from: () => new Uint8Array(STAMP_KEY_MIN_BYTES),
  },
};

/**
 * A named type, because the compiler would otherwise write it out in a declaration in a form that TypeScript 5.6 can't
 * read.
 */
export interface StampKeyOption<Place extends ResultPlace> extends Option<
  Uint8Array,
  boolean,
  undefined,
  Place
> {
  readonly kind: Kind<Uint8Array, boolean>;
}

export function stampKey<const Place extends ResultPlace = undefined>(
  about: { readonly place?: Place; readonly command?: string } = {},
): StampKeyOption<Place> {
  return option<Uint8Array, boolean, undefined, Place>(STAMP_KEY, about);
}
