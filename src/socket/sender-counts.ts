// SPDX-License-Identifier: MIT
// Counts datagrams by sender, in bounded memory.

import type { SocketAddress } from './ip-address.ts';

/** Datagrams from senders other than the target. */
export interface Elsewhere {
  readonly datagrams: number;
  /** The first senders, each with its own count. */
  readonly senders: readonly (SocketAddress & { readonly datagrams: number })[];
}

/** Enough to see a pattern. */
const MOST_SENDERS = 8;

export class SenderCounts {
  readonly #senders: (SocketAddress & { datagrams: number })[] = [];
  #datagrams = 0;

  get datagrams(): number {
    return this.#datagrams;
  }

  add({ address, port }: SocketAddress): void {
    this.#datagrams++;
    const known = this.#senders.find((one) => one.address === address && one.port === port);
    if (known !== undefined) known.datagrams++;
    else if (this.#senders.length < MOST_SENDERS)
      this.#senders.push({ address, port, datagrams: 1 });
  }

  summary(): Elsewhere {
    return { datagrams: this.#datagrams, senders: this.#senders.map((sender) => ({ ...sender })) };
  }
}
