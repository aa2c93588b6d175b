// SPDX-License-Identifier: MIT
// Calls other people's listeners from code that must not be disturbed by them.

/**
 * Runs `call`, which calls listeners. What one of them throws becomes an uncaught exception, as with any Node listener,
 * but only after the caller has finished its own work.
 */
export function callListeners(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
