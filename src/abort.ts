// SPDX-License-Identifier: MIT
// Applies an AbortSignal to waits for work that can't be stopped itself, and to objects that run until they are closed.

/** Settles as the promise does, or rejects with the signal's reason as soon as that aborts. */
export function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}

/** Something that runs until it is closed. */
interface Closable {
  /** Settles once it is closed. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** Closes it when the signal aborts. A signal may outlive many such objects, so a closed one removes its listener. */
export function closeOnAbort(running: Closable, signal: AbortSignal | undefined): void {
  const onAbort = (): void => void running.close();
  signal?.addEventListener('abort', onAbort, { once: true });
  const leave = (): void => signal?.removeEventListener('abort', onAbort);
  void running.closed.then(leave, leave);
}
