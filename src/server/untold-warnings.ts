// SPDX-License-Identifier: MIT
// Warnings that nobody has heard yet: kept for the first who listens.

/** A server that nobody listens to may warn for years: the oldest go. */
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

  /** Tells the oldest first, for as long as somebody listens. */
  tell(isHeard: () => boolean, tellOne: (message: string) => void): void {
    while (this.#messages.length > 0 && isHeard()) tellOne(this.#messages.shift()!);
  }
}
