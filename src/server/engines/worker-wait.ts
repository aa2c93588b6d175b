// SPDX-License-Identifier: MIT
// How a worker waits for datagrams, also while the system is short of what a wait or a receive needs:
// it pauses and tries again, instead of spinning or dying of what may pass.

import type { Poller } from '../../socket/linux/poller.ts';

/** Failed waits in a row, of some 100 ms each at last, after which the thread had better start anew. */
const MAX_FAILED_WAITS = 1000;

const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 100;

export interface WorkerWaitOptions {
  readonly poller: Poller;
  readonly sockets: readonly { readonly receiveErrorsInRow: number }[];
  /** One shared cell that becomes other than 0, and is notified, when the worker shall end. */
  readonly stopFlag: Int32Array;
  /** Told of each failure. */
  readonly onFailure: () => void;
}

export class WorkerWait {
  readonly #options: WorkerWaitOptions;
  #failedWaits = 0;

  constructor(options: WorkerWaitOptions) {
    this.#options = options;
  }

  /**
   * Waits until something may have come, `timeoutMs` have passed or the worker shall end.
   *
   * @throws the system's error in Node's shape, where it does not pass
   */
  wait(timeoutMs?: number): void {
    const { sockets } = this.#options;
    let errorsInRow = 0;
    for (const socket of sockets) errorsInRow = Math.max(errorsInRow, socket.receiveErrorsInRow);
    // What can't be read stays readable: ppoll would not wait.
    if (errorsInRow > 0) this.#pause(errorsInRow);
    else this.#poll(timeoutMs);
  }

  #poll(timeoutMs: number | undefined): void {
    if (this.#options.poller.wait(timeoutMs)) {
      this.#failedWaits = 0;
      return;
    }
    this.#failedWaits++;
    this.#options.onFailure();
    if (this.#failedWaits > MAX_FAILED_WAITS) throw new Error('ppoll fails for want of memory');
    this.#pause(this.#failedWaits);
  }

  /** Sleeps without a system call of the engine's; a stop ends it. */
  #pause(failuresInRow: number): void {
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failuresInRow - 1));
    Atomics.wait(this.#options.stopFlag, 0, 0, pauseMs);
  }
}
