// SPDX-License-Identifier: MIT
// Regularly reads the sockets beside the ports of a probe channel, and remembers who sent to them.

import { SenderCounts, type Elsewhere } from '../sender-counts.ts';
import type { ProbeReceiver } from './probe-receiver.ts';

/** Sockets read in one look: some 20 µs. */
const SOCKETS_PER_LOOK = 16;

/** Datagrams read in all; after that, as in a flood, the sockets are read no more. */
const MOST_DATAGRAMS = 4096;

export class StrayWatch {
  readonly #fds: readonly number[];
  readonly #senders = new SenderCounts();
  #next = 0;

  /** @param fds  one for each of the first ports */
  constructor(fds: readonly number[]) {
    this.#fds = fds;
  }

  /** What arrived; `null` if there are no such sockets. */
  get elsewhere(): Elsewhere | null {
    return this.#fds.length === 0 ? null : this.#senders.summary();
  }

  /** Reads the next few in turn. */
  look(receiver: ProbeReceiver, sockets = SOCKETS_PER_LOOK): void {
    const count = Math.min(sockets, this.#fds.length);
    for (let turn = 0; turn < count; turn++) {
      if (this.#senders.datagrams >= MOST_DATAGRAMS) return;
      const port = this.#next;
      this.#next = (port + 1) % this.#fds.length;
      receiver.receiveElsewhere(this.#fds[port]!, port, this.#add);
    }
  }

  lookAtAll(receiver: ProbeReceiver): void {
    this.look(receiver, this.#fds.length);
  }

  readonly #add: SenderCounts['add'] = (from) => {
    this.#senders.add(from);
  };
}
