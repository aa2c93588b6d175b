// SPDX-License-Identifier: MIT
// Feeds the service manager's watchdog while the service proves that it works.

export interface WatchdogOptions {
  /** The manager ends the service after this long without food. */
  readonly timeoutMs: number;
  /** Resolves once the service has proved that it works; stays pending while it hangs. */
  readonly prove: () => Promise<unknown>;
  readonly feed: () => void;
}

/** Asks for a proof at half the timeout, as sd_watchdog_enabled(3) recommends, and feeds when it is there. */
export class Watchdog implements Disposable {
  readonly #options: WatchdogOptions;
  readonly #timer: NodeJS.Timeout;
  #isAsking = false;
  #isOver = false;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#ask(), options.timeoutMs / 2).unref();
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    await this.#options.prove();
    this.#isAsking = false;
    if (!this.#isOver) this.#options.feed();
  }
}
