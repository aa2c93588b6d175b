// SPDX-License-Identifier: MIT
// The memory that probes are written into and sent from, laid out once: payloads of one length at most, and an
// mmsghdr for each.

import type { ProbeBatch } from '../probe-channel.ts';
import { BATCH_SLOTS } from './batch-arena.ts';
import { IOVEC, MMSGHDR } from './layout.ts';
import type { Libc, Pointer } from './libc.ts';
import type { ProbePeers } from './probe-peers.ts';

export class ProbeArena implements ProbeBatch {
  readonly capacity = BATCH_SLOTS;
  readonly view: DataView;
  readonly payloadBytes = new Uint32Array(BATCH_SLOTS);
  readonly ports = new Uint32Array(BATCH_SLOTS);
  readonly peers = new Uint32Array(BATCH_SLOTS);
  readonly tickets = new Float64Array(BATCH_SLOTS);
  /** The address of each entry's header: a system call may start at any of them. */
  readonly headerPointers: readonly Pointer[];
  readonly #payloadBytes: number;
  /** Headers and iovecs, in words. */
  readonly #u32: Uint32Array;
  readonly #destinations: ProbePeers | undefined;

  /**
   * @param payloadBytes  the longest payload
   * @param destinations  the targets, if the sockets are not connected
   */
  constructor(libc: Libc, payloadBytes: number, destinations?: ProbePeers) {
    this.#payloadBytes = payloadBytes;
    this.#destinations = destinations;
    const memory = new Uint8Array(this.capacity * payloadBytes);
    this.view = new DataView(memory.buffer);
    const structs = new Uint8Array(this.capacity * (MMSGHDR.size + IOVEC.size));
    const headers = libc.address(structs);
    const payloads = libc.address(memory);
    const iovecsAt = this.capacity * MMSGHDR.size;
    this.#u32 = new Uint32Array(structs.buffer);
    for (let entry = 0; entry < this.capacity; entry++) {
      const header = entry * MMSGHDR.size;
      const iovec = iovecsAt + entry * IOVEC.size;
      this.#setPointer(header + MMSGHDR.iov, Number(headers) + iovec);
      this.#u32[(header + MMSGHDR.iovlen) >>> 2] = 1;
      this.#setPointer(iovec + IOVEC.base, Number(payloads) + this.startOf(entry));
    }
    this.headerPointers = Array.from(
      { length: this.capacity },
      (_, entry) => headers + BigInt(entry * MMSGHDR.size),
    );
  }

  startOf(entry: number): number {
    return entry * this.#payloadBytes;
  }

  /** Copies the arrays into the headers of the first entries. */
  prepare(entries: number): void {
    let iovec = (this.capacity * MMSGHDR.size + IOVEC.len) >>> 2;
    for (let entry = 0; entry < entries; entry++) {
      this.#u32[iovec] = this.payloadBytes[entry]!;
      iovec += IOVEC.size >>> 2;
    }
    if (this.#destinations === undefined) return;
    for (let entry = 0; entry < entries; entry++) this.#address(entry, this.#destinations);
  }

  #address(entry: number, destinations: ProbePeers): void {
    const header = entry * MMSGHDR.size;
    const { name, nameAddress, control, controlAddress } = destinations.at(this.peers[entry]!);
    this.#setPointer(header + MMSGHDR.name, nameAddress);
    this.#u32[(header + MMSGHDR.namelen) >>> 2] = name.length;
    this.#setPointer(header + MMSGHDR.control, controlAddress);
    this.#u32[(header + MMSGHDR.controllen) >>> 2] = control.length;
  }

  /** Writes a pointer field, low word first: user space ends below 2^48, so a double holds it. */
  #setPointer(at: number, address: number): void {
    this.#u32[at >>> 2] = address >>> 0;
    this.#u32[(at >>> 2) + 1] = address / 2 ** 32;
  }
}
