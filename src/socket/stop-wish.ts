// SPDX-License-Identifier: MIT
// What a thread is asked for by way of one shared cell; 0 asks for nothing.

export const STOP = {
  /** Start nothing new: what was begun is ended in its time. */
  soon: 1,
  /** End at once. */
  now: 2,
  /** Wait for nothing, and tell what was found. */
  end: 3,
} as const;
