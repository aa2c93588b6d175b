// SPDX-License-Identifier: MIT
// Keeps warnings that nobody has received yet for the first listener.

/** A server without a listener may warn for years: the oldest warnings are dropped. */
const KEPT_WARNINGS = 100;

export class UntoldWarnings {
  readonly #messages: string[];

  constructor(messages: readonly string[]) {
    this.#messages = [...messages];
  }

  add(message: string): void {
    this.#messages.push(message);
    if (this.#messages.length > KEPT_WARNINGS) this.#messages.shift();
  }

  /** Passes on the warnings, oldest first, as long as somebody listens. */
  tell(isHeard: () => boolean, tellOne: (message: string) => void): void {
    while (this.#messages.length > 0 && isHeard()) tellOne(this.#messages.shift()!);
  }
}
