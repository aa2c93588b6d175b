// SPDX-License-Identifier: MIT
// Waits on the event loop: sleeps with timers, and spins for the last stretch with turns of the loop.

/**
 * Maximum turns of the event loop in which the sockets are read before the end. libuv reads 32 datagrams per turn, and
 * a receive buffer holds some 5,000.
 */
const LAST_TURNS = 256;

const isAlwaysOver = (): boolean => true;

export class EventLoopWaiter {
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  /** Ends the current wait. */
  #settle: (() => void) | undefined;
  #isSpinOver: () => boolean = isAlwaysOver;
  #isWoken = false;
  /** True if something has arrived since it was last reset. */
  #hasHeard = false;
  #failure: Error | undefined;

  /** Resolves after whole milliseconds, which a timer may miss by one, or when it is woken. */
  sleep(ms: number): Promise<void> {
    if (this.#isWoken) return this.nextTurn();
    return this.#wait(() => {
      this.#timer = setTimeout(this.#end, Math.max(1, Math.floor(ms)));
    });
  }

  /** Resolves after the sockets were read once more. */
  nextTurn(): Promise<void> {
    return this.spin(isAlwaysOver);
  }

  /**
   * Resolves in the first turn of the event loop in which `isOver` is true, or after `wake`. It uses one promise for
   * all turns: one per turn kept the garbage collector busy.
   */
  spin(isOver: () => boolean): Promise<void> {
    this.#isWoken = false;
    this.#isSpinOver = isOver;
    return this.#wait(() => {
      this.#immediate = setImmediate(this.#spinOn);
    });
  }

  /** Resolves once a turn brings nothing: the event loop runs timers before it reads, so replies may still wait. */
  async untilQuiet(): Promise<void> {
    for (let turn = 0; turn < LAST_TURNS; turn++) {
      this.#hasHeard = false;
      await this.nextTurn();
      if (this.#isQuiet()) return;
    }
  }

  /**
   * Records that something arrived. It does not end a sleep: an extra turn per reply cost 7 % of the processor at 100
   * probes per second.
   */
  hear(): void {
    this.#hasHeard = true;
  }

  /** Ends the sleep, or the next one; not at once, because it may be called in the middle of a turn. */
  wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    if (this.#settle !== undefined) this.#endSoon();
  }

  /** Makes this wait, or the next one, reject. */
  fail(failure: Error): void {
    this.#failure ??= failure;
    this.wake();
  }

  /** Stops waiting for anything, so that the process can end. */
  stop(): void {
    this.#settle = undefined;
    this.#cancel();
  }

  #isQuiet(): boolean {
    return !this.#hasHeard;
  }

  #wait(begin: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = () => {
        if (this.#failure === undefined) resolve();
        else reject(this.#failure);
      };
      begin();
    });
  }

  #endSoon(): void {
    this.#cancel();
    this.#immediate = setImmediate(this.#end);
  }

  readonly #spinOn = (): void => {
    if (this.#isSpinOver()) this.#end();
    else this.#immediate = setImmediate(this.#spinOn);
  };

  readonly #end = (): void => {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#isWoken = false;
    this.#cancel();
    settle?.();
  };

  #cancel(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }
}
