// SPDX-License-Identifier: MIT
// Reads the keys of a terminal one by one. Meanwhile its line editing and echo are off, and so are the keys that send
// signals, so this file sends those signals.

import type { ReadStream } from 'node:tty';
import type { Jobs, Keyboard } from './io.ts';

/** The signals that a terminal sends by default (termios(3): VINTR, VSUSP, VQUIT). */
const SIGNAL_OF: Readonly<Record<string, 'SIGINT' | 'SIGTSTP' | 'SIGQUIT'>> = {
  '\x03': 'SIGINT',
  '\x1a': 'SIGTSTP',
  '\x1c': 'SIGQUIT',
};

/** Keys that send more than one character, such as arrows (ECMA-48 section 5.4), and those typed with Alt. */
const SEQUENCES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?/gs;

/** The source of keys. */
export interface KeySource {
  /** @returns `undefined` if the terminal can't be opened, for example because it belongs to another user */
  open(): ReadStream | undefined;
  /** Stops reading. */
  close(input: ReadStream): void;
}

export class RawKeyboard implements Keyboard {
  onKey: (key: string) => void = () => undefined;
  readonly #source: KeySource;
  readonly #jobs: Jobs;
  #input: ReadStream | undefined;

  constructor(source: KeySource, jobs: Jobs) {
    this.#source = source;
    this.#jobs = jobs;
  }

  get isTaken(): boolean {
    return this.#input !== undefined;
  }

  take(): void {
    if (this.isTaken) return;
    const input = this.#source.open();
    if (input === undefined) return;
    this.#input = input;
    // The terminal is gone; SIGHUP reports that.
    input.on('error', ignore);
    // The shell may have changed the terminal meanwhile, and libuv does not set a mode that it has already set.
    input.setRawMode(false).setRawMode(true);
    input.setEncoding('latin1').on('data', this.#hear);
  }

  leave(): void {
    const input = this.#input;
    if (input === undefined) return;
    this.#input = undefined;
    input.off('data', this.#hear);
    // In the background the terminal belongs to the shell, which has set it for itself.
    if (this.#jobs.isInForeground()) input.setRawMode(false);
    this.#source.close(input);
  }

  readonly #hear = (typed: string): void => {
    for (const key of typed.replaceAll(SEQUENCES, '')) {
      const signal = SIGNAL_OF[key];
      if (signal === undefined) this.onKey(key);
      else this.#jobs.signalForeground(signal);
    }
  };
}

function ignore(): void {
  // Nothing else can be done.
}
