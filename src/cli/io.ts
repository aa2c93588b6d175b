// SPDX-License-Identifier: MIT
// What a command needs of the outside world; bin.ts makes it from the process, a test from streams.

import type { Output } from './output.ts';

/** A terminal that can draw over itself, as large as it is now. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  /** Whether it has 256 colours, and the user wants any. */
  readonly hasColour: boolean;
  /** Whether it shows UTF-8; else only ASCII reaches it. */
  readonly hasUtf8: boolean;
  readonly jobs: Jobs;
}

/** How the program shares its terminal with the shell that started it. */
export interface Jobs {
  /** Whether the terminal is ours, not the shell's. */
  isInForeground(): boolean;
  /**
   * Calls `before` when the terminal's user suspends the program, and `after` when it goes on, whoever had
   * stopped it.
   *
   * @returns what ends that
   */
  onSuspension(before: () => void, after: () => void): () => void;
}

/** Bytes that come once. */
export interface Input extends AsyncIterable<Uint8Array> {
  readonly fd: number;
}

/** SIGQUIT, or Ctrl-Break on Windows, which asks for the numbers so far, as it does of other pings. */
export interface Questions {
  /** Calls `answer` each time, in place of the one before, until it is disposed of. */
  answerWith(answer: () => void): Disposable;
  /** There are no numbers to tell: from now on it ends the program, as the system has it. */
  decline(): void;
}

export interface Io {
  /** Variables of the environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: Input;
  /** Data. */
  readonly stdout: Output;
  /** Messages. */
  readonly stderr: Output;
  /** Where standard output is one. */
  readonly terminal: Terminal | undefined;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly stop: AbortSignal;
  /** Aborted by the second one, while somebody listens; else that one ends the program at once. */
  readonly end: AbortSignal;
  readonly questions: Questions;
  /** Leaves the working directory if it was deleted: Node cannot start a thread in one that is gone. */
  readonly leaveGoneDirectory: () => void;
}

/** Replies came, and all is well. */
export const EXIT_OK = 0;
/** No reply, or not the one that was wanted. */
export const EXIT_NO_REPLY = 1;
/** The command line is wrong, or something failed. */
export const EXIT_FAILED = 2;
