// SPDX-License-Identifier: MIT
// Notices what the kernel dropped of a socket's datagrams, for want of room or for a wrong checksum: it counts
// both in one number, and tells who asks.

import { readKernelDrops } from './bind.ts';
import type { Libc } from './libc.ts';

/** Sockets asked in one look: some 20 µs. */
const SOCKETS_PER_LOOK = 16;

export class DropWatch {
  readonly #libc: Libc;
  readonly #fds: readonly number[];
  readonly #known: Float64Array;
  #next = 0;
  /** Of sockets that others took the place of, and of these what nobody was told of yet. */
  #dropsBefore = 0;
  #untold = 0;

  constructor(libc: Libc, fds: readonly number[]) {
    this.#libc = libc;
    this.#fds = fds;
    this.#known = new Float64Array(fds.length);
  }

  /** What sockets dropped that others took the place of. */
  get dropsBefore(): number {
    return this.#dropsBefore;
  }

  /** Asks every socket before another takes its place; what it says is told with the next look. */
  lookAhead(): void {
    this.#untold = this.lookAtAll();
  }

  /** Another socket took the place of each, and counts from 0. */
  startAnew(): void {
    for (const known of this.#known) this.#dropsBefore += known;
    this.#known.fill(0);
  }

  /** Asks the next few sockets in turn. @returns datagrams dropped since they were last asked */
  look(): number {
    return this.#ask(Math.min(SOCKETS_PER_LOOK, this.#fds.length));
  }

  /** Asks every socket. @returns datagrams dropped since they were last asked */
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
      // The result says that nobody knows.
      if (count === null) continue;
      dropped += count - this.#known[index]!;
      this.#known[index] = count;
    }
    return dropped;
  }
}
