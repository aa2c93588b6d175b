// SPDX-License-Identifier: MIT
// The memory that probes are written into and sent from, laid out once: payloads of one length, and an
// mmsghdr for each.

import { BATCH_SLOTS } from './batch-arena.ts';
import { IOVEC, MMSGHDR } from './layout.ts';
import type { Libc, Pointer } from './libc.ts';

export class ProbeArena {
  /** How many probes it holds. */
  readonly capacity = BATCH_SLOTS;
  /** All payloads. */
  readonly view: DataView;
  /** Where the header of each slot lies: a system call starts at any of them. */
  readonly headerPointers: readonly Pointer[];
  readonly #payloadBytes: number;
  /** Kept because the headers hold addresses into them. */
  readonly #structs: DataView;
  readonly #name: Uint8Array | undefined;

  /** @param name  the destination as a sockaddr, where the socket is not connected */
  constructor(libc: Libc, payloadBytes: number, name?: Uint8Array) {
    this.#payloadBytes = payloadBytes;
    this.#name = name;
    const memory = new Uint8Array(this.capacity * payloadBytes);
    this.view = new DataView(memory.buffer);
    const structs = new Uint8Array(this.capacity * (MMSGHDR.size + IOVEC.size));
    this.#structs = new DataView(structs.buffer);
    const headers = libc.address(structs);
    const iovecsAt = this.capacity * MMSGHDR.size;
    const nameAddress = name === undefined ? 0n : libc.address(name);
    for (let slot = 0; slot < this.capacity; slot++) {
      const header = slot * MMSGHDR.size;
      const iovec = iovecsAt + slot * IOVEC.size;
      this.#structs.setBigUint64(header + MMSGHDR.name, nameAddress, true);
      this.#structs.setUint32(header + MMSGHDR.namelen, this.#name?.length ?? 0, true);
      this.#structs.setBigUint64(header + MMSGHDR.iov, headers + BigInt(iovec), true);
      this.#structs.setUint32(header + MMSGHDR.iovlen, 1, true);
      const payload = libc.address(memory) + BigInt(this.startOf(slot));
      this.#structs.setBigUint64(iovec + IOVEC.base, payload, true);
      this.#structs.setUint32(iovec + IOVEC.len, payloadBytes, true);
    }
    this.headerPointers = Array.from(
      { length: this.capacity },
      (_, slot) => headers + BigInt(slot * MMSGHDR.size),
    );
  }

  /** Where the payload of a slot begins in `view`. */
  startOf(slot: number): number {
    return slot * this.#payloadBytes;
  }
}
