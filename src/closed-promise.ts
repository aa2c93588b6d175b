// SPDX-License-Identifier: MIT
// The `closed` promise of an object that runs in the background.

/** It resolves if the object was asked to close, and rejects if it closed because it failed. */
export class ClosedPromise<Failure extends Error> {
  readonly promise: Promise<void>;
  #settle: () => void = () => undefined;
  #failure: Failure | undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#settle = () => {
        if (this.#failure === undefined) resolve();
        else reject(this.#failure);
      };
    });
    // Code that does not use the promise learns of the failure from the event.
    this.promise.catch(() => undefined);
  }

  /** Why the object failed. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Records why the object is closing. */
  failWith(failure: Failure): void {
    this.#failure = failure;
  }

  /** Settles the promise: the object has closed. */
  settle(): void {
    this.#settle();
  }
}
