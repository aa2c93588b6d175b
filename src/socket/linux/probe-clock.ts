// SPDX-License-Identifier: MIT
// The clock of a probe channel: nanoseconds since its start, and the kernel's stamps in them.

import { KernelClock } from './kernel-clock.ts';
import type { Libc } from './libc.ts';
import { MonotonicClock } from './monotonic-clock.ts';

export class ProbeClock {
  readonly #monotonic: MonotonicClock;
  readonly #kernel: KernelClock;
  #startedAtNs = 0;

  constructor(libc: Libc) {
    this.#monotonic = new MonotonicClock(libc);
    this.#kernel = new KernelClock(libc, this.#monotonic);
  }

  get nowNs(): number {
    return this.#monotonic.now() - this.#startedAtNs;
  }

  /** Makes now 0. @returns what the wall clock shows */
  start(): { readonly seconds: number; readonly nanoseconds: number } {
    this.#startedAtNs = this.#monotonic.now();
    return this.#kernel.toWallTime(this.#startedAtNs);
  }

  /** Compares the kernel's clock with ours: after stamps were read and before they are converted. */
  look(): void {
    this.#kernel.look();
  }

  /** A stamp of the kernel in nanoseconds since the start. */
  toNs(seconds: number, nanoseconds: number): number {
    return this.#kernel.toMonotonicNs(seconds, nanoseconds) - this.#startedAtNs;
  }
}
