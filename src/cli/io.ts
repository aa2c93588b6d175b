// SPDX-License-Identifier: MIT
// A command's interface to the outside world; bin.ts creates it from the process, a test from streams.

import type { ServiceEnvironment } from '../service-manager/service-environment.ts';
import type { Output } from './output.ts';

/** A terminal that can be redrawn, with its current size. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  /** True if it has 256 colours, and the user wants colours. */
  readonly hasColour: boolean;
  /** True if it shows UTF-8; otherwise only ASCII is sent to it. */
  readonly hasUtf8: boolean;
  readonly jobs: Jobs;
  /** Present if standard input is a terminal. */
  readonly keyboard: Keyboard | undefined;
}

/** The keys of a terminal, one by one and without echo, while they are taken. */
export interface Keyboard {
  /** Called for each key, except those that a terminal itself acts upon, such as Ctrl-C. */
  onKey: (key: string) => void;
  readonly isTaken: boolean;
  /** Call it only in the foreground: a background process that changes its terminal is stopped. */
  take(): void;
  /** Restores the terminal, until the keys are taken again. */
  leave(): void;
}

/** How the program shares its terminal with the shell that started it. */
export interface Jobs {
  /** True if the terminal is ours, not the shell's. */
  isInForeground(): boolean;
  /** Does what the terminal does for Ctrl-C, Ctrl-Z or Ctrl-\\: each process in the foreground gets the signal. */
  signalForeground(signal: 'SIGINT' | 'SIGTSTP' | 'SIGQUIT'): void;
  /** Acts like a SIGINT for this program alone. */
  interrupt(): void;
  /**
   * Calls `before` when the terminal's user suspends the program, and `after` when the program resumes, whoever stopped
   * it.
   *
   * @returns a function that stops this
   */
  onSuspension(before: () => void, after: () => void): () => void;
}

/** Bytes that can be read once. */
export interface Input extends AsyncIterable<Uint8Array> {
  readonly fd: number;
}

/** SIGQUIT, or Ctrl-Break on Windows, which requests interim numbers, as in other pings. */
export interface Questions {
  /** Calls `answer` for each request, instead of the previous callback, until it is disposed of. */
  answerWith(answer: () => void): Disposable;
  /** There are no numbers: from now on the signal ends the program, as by default. */
  decline(): void;
}

/** SIGHUP, for a command that reloads its configuration; it stops other commands. */
export interface Hangups {
  /** Calls `answer` each time instead of stopping, until it is disposed of; `undefined` changes nothing. */
  answerWith(answer: (() => void) | undefined): Disposable;
}

export interface Io {
  /** Environment variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What a service manager gave to this process; it is no longer among the environment variables. */
  readonly service: ServiceEnvironment;
  readonly stdin: Input;
  /** Data. */
  readonly stdout: Output;
  /** Messages. */
  readonly stderr: Output;
  /** Present if standard output is a terminal. */
  readonly terminal: Terminal | undefined;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly stop: AbortSignal;
  /** Aborted by the second one, if somebody listens; otherwise that one ends the program at once. */
  readonly end: AbortSignal;
  readonly questions: Questions;
  readonly hangups: Hangups;
  /** Leaves the working directory if it was deleted: Node cannot start a thread in one that is gone. */
  readonly leaveGoneDirectory: () => void;
}

/** Replies arrived, and every threshold held. */
export const EXIT_OK = 0;
/** No reply, a wrong one, or a failed threshold. */
export const EXIT_NO_REPLY = 1;
/** The command line is wrong, or something failed. */
export const EXIT_FAILED = 2;
