// SPDX-License-Identifier: MIT
// Notices which datagrams of a socket the kernel dropped for lack of room or a wrong checksum. The kernel counts both
// in one number, and reports it only on request.

import { readKernelDrops } from './bind.ts';
import type { Libc } from './libc.ts';

/** Sockets queried per look: some 20 µs. */
const SOCKETS_PER_LOOK = 16;

export class DropWatch {
  readonly #libc: Libc;
  readonly #fds: readonly number[];
  readonly #known: Float64Array;
  #next = 0;
  /** Drops of sockets that were replaced, and those of them that were not reported yet. */
  #dropsBefore = 0;
  #untold = 0;

  constructor(libc: Libc, fds: readonly number[]) {
    this.#libc = libc;
    this.#fds = fds;
    this.#known = new Float64Array(fds.length);
  }

  /** Datagrams dropped by sockets that were replaced. */
  get dropsBefore(): number {
    return this.#dropsBefore;
  }

  /** Queries every socket before it is replaced; the next look reports the drops. */
  lookAhead(): void {
    this.#untold = this.lookAtAll();
  }

  /** Every socket was replaced, and the new ones count from 0. */
  startAnew(): void {
    for (const known of this.#known) this.#dropsBefore += known;
    this.#known.fill(0);
  }

  /** Queries the next few sockets in turn. @returns datagrams dropped since they were last queried */
  look(): number {
    return this.#ask(Math.min(SOCKETS_PER_LOOK, this.#fds.length));
  }

  /** Queries every socket. @returns datagrams dropped since they were last queried */
  lookAtAll(): number {
    return this.#ask(this.#fds.length);
  }

  #ask(sockets: number): number {
    let dropped = this.#untold;
    this.#untold = 0;
    for (let turn = 0; turn < sockets; turn++) {
      const index = this.#next;
      this.#next = (index + 1) % this.#fds.length;
      const count = readKernelDrops(this.#libc, this.#fds[index]!);
      // The result says that it is unknown.
      if (count === null) continue;
      dropped += count - this.#known[index]!;
      this.#known[index] = count;
    }
    return dropped;
  }
}
