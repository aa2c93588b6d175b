// SPDX-License-Identifier: MIT
// The clock of a probe channel: nanoseconds since its start, and the conversion of kernel timestamps to them.

import { START_NS } from '../../time.ts';
import { KernelClock } from './kernel-clock.ts';
import type { Libc } from './libc.ts';
import { MonotonicClock } from './monotonic-clock.ts';

export class ProbeClock {
  readonly #monotonic: MonotonicClock;
  readonly #kernel: KernelClock;
  #startedAtNs = START_NS;

  constructor(libc: Libc) {
    this.#monotonic = new MonotonicClock(libc);
    this.#kernel = new KernelClock(libc, this.#monotonic);
  }

  get nowNs(): number {
    return this.#monotonic.now() - this.#startedAtNs;
  }

  /** Sets the present to 0. @returns the wall clock time */
  start(): { readonly seconds: number; readonly nanoseconds: number } {
    this.#startedAtNs = this.#monotonic.now();
    return this.#kernel.toWallTime(this.#startedAtNs);
  }

  /** Compares the kernel's clock with ours. Call it after reading timestamps and before converting them. */
  look(): void {
    this.#kernel.look();
  }

  /** Converts a kernel timestamp to nanoseconds since the start. */
  toNs(seconds: number, nanoseconds: number): number {
    return this.#kernel.toMonotonicNs(seconds, nanoseconds) - this.#startedAtNs;
  }
}
