// SPDX-License-Identifier: MIT
// Waits in ppoll for any of several descriptors.

import { EAGAIN, EBADF, EINTR, ENOBUFS, ENOMEM, POLLNVAL } from './constants.ts';
import { POLLFD, TIMESPEC } from './layout.ts';
import { NULL, systemError, type Libc, type Pointer } from './libc.ts';

/** Transient failures: the kernel currently has no memory for its tables. */
const PASSING_FAILURES = new Set([ENOMEM, EAGAIN, ENOBUFS]);

export class Poller {
  readonly #libc: Libc;
  readonly #count: number;
  readonly #fds: DataView;
  readonly #timeout: BigInt64Array;
  readonly #fdsPointer: Pointer;
  readonly #timeoutPointer: Pointer;
  /** The value of `#timeout`: writing it creates objects, and most waits of a thread are equally long. */
  #timeoutMs = 0;

  /** @param events  what to wait for at each descriptor, such as POLLIN */
  constructor(libc: Libc, fds: readonly number[], events: number) {
    this.#libc = libc;
    this.#count = fds.length;
    this.#fds = new DataView(new ArrayBuffer(fds.length * POLLFD.size));
    fds.forEach((fd, index) => {
      this.#fds.setInt32(index * POLLFD.size + POLLFD.fd, fd, true);
      this.#fds.setInt16(index * POLLFD.size + POLLFD.events, events, true);
    });
    this.#timeout = new BigInt64Array(TIMESPEC.size / 8);
    this.#fdsPointer = libc.address(this.#fds);
    this.#timeoutPointer = libc.address(this.#timeout);
  }

  /**
   * Waits until a descriptor is ready, `timeoutMs` have passed or a signal arrives.
   *
   * @param timeoutMs  `undefined` waits for ever
   * @returns false if it did not wait because the system is short of memory; then nothing is known
   * @throws the system's error in Node's shape; EBADF if a descriptor was closed elsewhere
   */
  wait(timeoutMs?: number): boolean {
    const timeout = timeoutMs === undefined ? NULL : this.#timeoutPointer;
    if (timeoutMs !== undefined) this.#setTimeout(timeoutMs);
    const ready = this.#libc.ppoll(this.#fdsPointer, this.#count, timeout, NULL);
    if (ready <= 0) this.#clear();
    if (ready < 0) return this.#afterFailure(this.#libc.errno());
    if (ready === 0) return true;
    for (let index = 0; index < this.#count; index++) {
      if ((this.#happened(index) & POLLNVAL) !== 0) throw systemError('ppoll', EBADF);
    }
    return true;
  }

  /** As `wait`, in one of Node's threads. What it found is found by the next wait. */
  async waitAside(timeoutMs: number): Promise<void> {
    this.#setTimeout(timeoutMs);
    await this.#libc.ppollAside(this.#fdsPointer, this.#count, this.#timeoutPointer, NULL);
  }

  #setTimeout(timeoutMs: number): void {
    if (timeoutMs === this.#timeoutMs) return;
    this.#timeoutMs = timeoutMs;
    this.#timeout[0] = BigInt(Math.floor(timeoutMs / 1000));
    this.#timeout[1] = BigInt(Math.floor((timeoutMs % 1000) * 1e6));
  }

  #afterFailure(errno: number): boolean {
    if (errno === EINTR) return true;
    if (PASSING_FAILURES.has(errno)) return false;
    throw systemError('ppoll', errno);
  }

  /** True if the latest wait ended because of this descriptor, counted from 0. */
  isReady(index: number): boolean {
    return this.#happened(index) !== 0;
  }

  #happened(index: number): number {
    return this.#fds.getInt16(index * POLLFD.size + POLLFD.revents, true);
  }

  /** After a signal the kernel leaves the results of the previous wait in place. */
  #clear(): void {
    for (let index = 0; index < this.#count; index++) {
      this.#fds.setInt16(index * POLLFD.size + POLLFD.revents, 0, true);
    }
  }
}
