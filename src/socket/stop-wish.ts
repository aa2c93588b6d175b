// SPDX-License-Identifier: MIT
// What a thread is asked to do through one shared cell; 0 means nothing.

export const STOP = {
  /** Start nothing new, and let what has begun end in its own time. */
  soon: 1,
  /** End at once. */
  now: 2,
  /** Stop waiting, and return what was found. */
  end: 3,
} as const;
