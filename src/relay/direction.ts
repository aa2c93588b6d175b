// SPDX-License-Identifier: MIT
// One direction of a relay: forwards datagrams by the plan, immediately or when they are due.

import { ImpairedPath } from '../impairment/impaired-path.ts';
import type { ImpairmentPlan } from '../impairment/impairments.ts';
import { monotonicNs } from '../time.ts';

/** A datagram of one direction. */
interface Datagram {
  readonly payload: Buffer;
}

export class Direction<Passing extends Datagram> {
  readonly #path: ImpairedPath<Passing>;
  readonly #send: (datagram: Passing) => void;
  #timer: NodeJS.Timeout | undefined;
  #timerDueMs = Infinity;
  #isKept = true;

  /**
   * @param cells  one for each of `IMPAIRMENTS`
   * @param send  sends a datagram, called when it leaves
   */
  constructor(plan: ImpairmentPlan, cells: Float64Array, send: (datagram: Passing) => void) {
    this.#path = new ImpairedPath(plan, cells);
    this.#send = send;
  }

  get heldDatagrams(): number {
    return this.#path.heldDatagrams;
  }

  /** Sets a new plan. Datagrams that are held back leave at their due time. */
  change(plan: ImpairmentPlan): void {
    this.#path.change(plan);
  }

  /** Sends the datagram, holds it back, or drops it. Its payload is ours from now on. */
  pass(datagram: Passing): void {
    const withheld = this.#path.pass(datagram.payload, () => datagram);
    if (withheld === null) this.#send(datagram);
    this.#release();
  }

  /** Sets whether held-back datagrams keep the process running; initially they do. */
  keepRunning(isKept: boolean): void {
    this.#isKept = isKept;
    if (isKept) this.#timer?.ref();
    else this.#timer?.unref();
  }

  /** Discards what is held back. */
  discard(): void {
    this.#path.discard();
    this.#forgetTimer();
  }

  readonly #onTimer = (): void => {
    this.#forgetTimer();
    this.#release();
  };

  /** Sends what is due, and sets a timer for the next one. */
  #release(): void {
    if (this.#path.heldDatagrams === 0) return;
    this.#path.release(this.#send);
    const { dueInMs } = this.#path;
    if (dueInMs === undefined) return;
    const dueMs = monotonicNs() / 1e6 + dueInMs;
    // A timer that is early enough stays: setting one per datagram would cost more than the rest.
    if (dueMs >= this.#timerDueMs) return;
    this.#forgetTimer();
    this.#timerDueMs = dueMs;
    this.#timer = setTimeout(this.#onTimer, dueInMs);
    if (!this.#isKept) this.#timer.unref();
  }

  #forgetTimer(): void {
    clearTimeout(this.#timer);
    this.#timerDueMs = Infinity;
  }
}
