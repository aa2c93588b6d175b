// SPDX-License-Identifier: MIT
// What a command needs of the outside world; bin.ts makes it from the process, a test from streams.

import type { Output } from './output.ts';

export interface Io {
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Data. */
  readonly stdout: Output;
  /** Messages. */
  readonly stderr: Output;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly stop: AbortSignal;
}

/** Replies came, and all is well. */
export const EXIT_OK = 0;
/** No reply, or not the one that was wanted. */
export const EXIT_NO_REPLY = 1;
/** The command line is wrong, or something failed. */
export const EXIT_FAILED = 2;
