// SPDX-License-Identifier: MIT
// Waits for a probe channel: sleeps in ppoll until a datagram arrives, somebody wakes it or the time is almost up, and
// spins for the last stretch.

import { POLLIN } from './constants.ts';
import type { Libc } from './libc.ts';
import { Poller } from './poller.ts';
import type { ProbeClock } from './probe-clock.ts';
import type { ProbePort } from './probe-port.ts';
import { rearm, wakeUp } from './stop-switch.ts';

/** How long to sleep if the system can't wait for a datagram. */
const BLIND_SLEEP_MS = 10;

/** The poller's first descriptor: an eventfd. */
const WAKE = 0;

export class ProbeWaiter {
  readonly #libc: Libc;
  readonly #clock: ProbeClock;
  readonly #wakeFd: number;
  readonly #poller: Poller;
  readonly #isSingle: boolean;
  /** True if the system could not say which sockets are ready. */
  #isBlind = false;
  /** Never notified. */
  readonly #cell = new Int32Array(new SharedArrayBuffer(4));

  constructor(libc: Libc, clock: ProbeClock, wakeFd: number, ports: readonly ProbePort[]) {
    this.#libc = libc;
    this.#clock = clock;
    this.#wakeFd = wakeFd;
    this.#poller = new Poller(libc, [wakeFd, ...ports.map(({ fd }) => fd)], POLLIN);
    this.#isSingle = ports.length === 1;
  }

  /**
   * True if something may wait at a port: according to the latest look, or because looking would cost more than
   * reading.
   */
  mayHave({ index }: ProbePort): boolean {
    return this.#isSingle || this.#isBlind || this.#poller.isReady(index + 1);
  }

  look(): void {
    this.#isBlind = !this.#poller.wait(0);
  }

  sleepUntil(untilNs: number): void {
    const sleepMs = (untilNs - this.#clock.nowNs) / 1e6;
    if (sleepMs <= 0) return;
    this.#isBlind = !this.#poller.wait(sleepMs);
    // Nothing else would wake it: the system is short of memory, but may not be the next time.
    if (this.#isBlind) Atomics.wait(this.#cell, 0, 0, Math.min(sleepMs, BLIND_SLEEP_MS));
    // Emptied before the requests are read: a later request makes it readable again.
    else if (this.#poller.isReady(WAKE)) rearm(this.#libc, this.#wakeFd);
  }

  /** Sleeps in another thread. */
  async sleepAsideUntil(untilNs: number): Promise<void> {
    const sleepMs = (untilNs - this.#clock.nowNs) / 1e6;
    if (sleepMs <= 0) return;
    await this.#poller.waitAside(sleepMs);
    // Again in this thread: why a call failed in another one is not known here.
    this.look();
    if (!this.#isBlind && this.#poller.isReady(WAKE)) rearm(this.#libc, this.#wakeFd);
  }

  spinUntil(untilNs: number): void {
    if (!this.#isSingle) this.look();
    while (this.#clock.nowNs < untilNs);
  }

  wake(): void {
    wakeUp(this.#libc, this.#wakeFd);
  }
}
