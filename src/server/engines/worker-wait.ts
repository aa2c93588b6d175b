// SPDX-License-Identifier: MIT
// How a worker waits for datagrams. If the system is short of what a wait or a receive needs, it pauses and retries,
// instead of spinning or dying because of a transient failure.

import type { Poller } from '../../socket/linux/poller.ts';

/** Consecutive failed waits, eventually some 100 ms each, after which the thread is better restarted. */
const MAX_FAILED_WAITS = 1000;

const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 100;

export interface WorkerWaitOptions {
  readonly poller: Poller;
  readonly sockets: readonly { readonly receiveErrorsInRow: number }[];
  /** One shared cell that becomes other than 0, and is notified, when the worker must end. */
  readonly stopFlag: Int32Array;
  /** Called for each failure. */
  readonly onFailure: () => void;
}

export class WorkerWait {
  readonly #options: WorkerWaitOptions;
  #failedWaits = 0;

  constructor(options: WorkerWaitOptions) {
    this.#options = options;
  }

  /**
   * Waits until something may have arrived, `timeoutMs` have passed or the worker must end.
   *
   * @throws the system's error in Node's shape, if it is not transient
   */
  wait(timeoutMs: number): void {
    const { sockets } = this.#options;
    let errorsInRow = 0;
    for (const socket of sockets) errorsInRow = Math.max(errorsInRow, socket.receiveErrorsInRow);
    // Datagrams that can't be read keep the socket readable, so ppoll would not wait.
    if (errorsInRow > 0) this.#pause(errorsInRow);
    else this.#poll(timeoutMs);
  }

  #poll(timeoutMs: number): void {
    if (this.#options.poller.wait(timeoutMs)) {
      this.#failedWaits = 0;
      return;
    }
    this.#failedWaits++;
    this.#options.onFailure();
    if (this.#failedWaits > MAX_FAILED_WAITS) throw new Error('ppoll failed for lack of memory');
    this.#pause(this.#failedWaits);
  }

  /** Sleeps without one of the engine's system calls; a stop ends the sleep. */
  #pause(failuresInRow: number): void {
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failuresInRow - 1));
    Atomics.wait(this.#options.stopFlag, 0, 0, pauseMs);
  }
}
