// SPDX-License-Identifier: MIT
// The kind of option for sockets that were opened elsewhere.

import type { Kind } from './kind.ts';

/** The first ones are standard input, output and error. */
const FIRST = 3;

/** Numbers of open descriptors. */
export const DESCRIPTORS: Kind<readonly number[]> = {
  rule: `a list of one or more different descriptors, each a whole number of ${FIRST} or more`,
  accepts: (value): value is readonly number[] =>
    Array.isArray(value) &&
    value.length > 0 &&
    new Set(value).size === value.length &&
    value.every((fd) => Number.isInteger(fd) && fd >= FIRST),
};
