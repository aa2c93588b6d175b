// SPDX-License-Identifier: MIT
// The memory that recvmmsg fills and sendmmsg sends, laid out once: where each struct of each slot lies.

import { IOVEC, MMSGHDR, SOCKADDR_IN6 } from './layout.ts';
import type { Libc, Pointer } from './libc.ts';

/** Datagrams (or coalesced runs of them) per system call. More than 64 save nothing further. */
export const BATCH_SLOTS = 64;

/** Longest payload of any UDP datagram, and of a run that the kernel coalesced. */
const MAX_SLOT_BYTES = 65_535;

/** A sockaddr_in6, padded so that none straddles a cache line. */
export const NAME_STRIDE = 32;

/**
 * Room for every control message that can arrive with a datagram, in bytes including headers: three timestamps 64, GRO
 * 24, IPv6 packet info 40, hop limit 24, traffic class 24, fragment size 24; from the error queue an error of 64 in place
 * of the last ones. A reply carries less.
 */
export const CONTROL_STRIDE = 256;

const CACHE_LINE_BYTES = 64;

export interface BatchArenaOptions {
  readonly slots?: number;
  /** Longest payload of a slot. */
  readonly slotBytes?: number;
  readonly isIPv6: boolean;
  /** The socket requests control messages. Without them the kernel and this code have less to do. */
  readonly hasControl: boolean;
}

export class BatchArena {
  readonly slots: number;
  readonly slotBytes: number;
  readonly isIPv6: boolean;
  readonly hasControl: boolean;
  /** The whole arena; kept referenced because the kernel's structs hold addresses into it. */
  readonly bytes: Uint8Array;
  readonly u32: Uint32Array;
  readonly u16: Uint16Array;
  /** The address of each slot's header: a system call may start at any of them. */
  readonly headerPointers: readonly Pointer[];
  readonly groupHeaderPointers: readonly Pointer[];
  /** Start of each region, in bytes from the arena's start. */
  readonly headersAt = 0;
  readonly iovecsAt: number;
  readonly namesAt: number;
  readonly controlsAt: number;
  readonly payloadsAt: number;
  /**
   * A second set of headers, iovecs and control messages for replies that leave in groups, and one more of each for a
   * single datagram of a run while groups still wait to be sent.
   */
  readonly groupHeadersAt: number;
  readonly groupIovecsAt: number;
  readonly groupControlsAt: number;
  /**
   * The distance between slots is an odd number of cache lines: with a stride of 64 KiB the first lines of all slots
   * would fall into the same cache sets. Pages that no datagram reaches are never touched, so they cost address space
   * but no memory.
   */
  readonly slotStride: number;
  /** The arena's address as a number: user space ends below 2^48, so a double holds it. */
  readonly baseAddress: number;

  constructor(libc: Libc, options: BatchArenaOptions) {
    const slots = options.slots ?? BATCH_SLOTS;
    this.slots = slots;
    this.slotBytes = options.slotBytes ?? MAX_SLOT_BYTES;
    this.isIPv6 = options.isIPv6;
    this.hasControl = options.hasControl;
    this.slotStride = oddLines(this.slotBytes);
    this.iovecsAt = slots * MMSGHDR.size;
    this.namesAt = lineUp(this.iovecsAt + slots * IOVEC.size);
    this.controlsAt = this.namesAt + slots * NAME_STRIDE;
    this.groupHeadersAt = lineUp(this.controlsAt + slots * CONTROL_STRIDE);
    this.groupIovecsAt = this.groupHeadersAt + (slots + 1) * MMSGHDR.size;
    this.groupControlsAt = this.groupIovecsAt + (slots + 1) * IOVEC.size;
    this.payloadsAt = lineUp(this.groupControlsAt + (slots + 1) * CONTROL_STRIDE);
    const arenaBytes = this.payloadsAt + slots * this.slotStride;
    const memory = new ArrayBuffer(arenaBytes + CACHE_LINE_BYTES);
    const misalignedBytes = Number(libc.address(new Uint8Array(memory))) % CACHE_LINE_BYTES;
    const start = CACHE_LINE_BYTES - misalignedBytes;
    this.bytes = new Uint8Array(memory, start, arenaBytes);
    this.u32 = new Uint32Array(memory, start, arenaBytes >>> 2);
    this.u16 = new Uint16Array(memory, start, arenaBytes >>> 1);
    const base = libc.address(this.bytes);
    this.baseAddress = Number(base);
    this.headerPointers = pointersFrom(base + BigInt(this.headersAt), slots);
    this.groupHeaderPointers = pointersFrom(base + BigInt(this.groupHeadersAt), slots + 1);
    for (let slot = 0; slot < slots; slot++) this.#pointHeader(slot);
  }

  /** The offset of a slot's name (the peer); that of the next slot is `NAME_STRIDE` further. */
  nameAt(slot: number): number {
    return this.namesAt + slot * NAME_STRIDE;
  }

  nameAddress(slot: number): number {
    return this.baseAddress + this.nameAt(slot);
  }

  /** The zone of a peer's link-local address, which recurs on each link; 0 for any other. */
  scopeOf(slot: number): number {
    return this.isIPv6 ? this.u32[(this.nameAt(slot) + SOCKADDR_IN6.scopeId) >>> 2]! : 0;
  }

  controlAt(slot: number): number {
    return this.controlsAt + slot * CONTROL_STRIDE;
  }

  groupControlAt(group: number): number {
    return this.groupControlsAt + group * CONTROL_STRIDE;
  }

  payloadAt(slot: number): number {
    return this.payloadsAt + slot * this.slotStride;
  }

  payloadAddress(slot: number): number {
    return this.baseAddress + this.payloadAt(slot);
  }

  /** Writes a pointer field, low word first. */
  setPointer(at: number, address: number): void {
    this.u32[at >>> 2] = address >>> 0;
    this.u32[(at >>> 2) + 1] = address / 2 ** 32;
  }

  #pointHeader(slot: number): void {
    const header = this.headersAt + slot * MMSGHDR.size;
    const iovec = this.iovecsAt + slot * IOVEC.size;
    this.setPointer(header + MMSGHDR.name, this.nameAddress(slot));
    this.setPointer(header + MMSGHDR.iov, this.baseAddress + iovec);
    this.u32[(header + MMSGHDR.iovlen) >>> 2] = 1;
    if (this.hasControl) {
      this.setPointer(header + MMSGHDR.control, this.baseAddress + this.controlAt(slot));
    }
    this.setPointer(iovec + IOVEC.base, this.payloadAddress(slot));
  }
}

function pointersFrom(first: Pointer, count: number): readonly Pointer[] {
  return Array.from({ length: count }, (_, index) => first + BigInt(index * MMSGHDR.size));
}

function lineUp(bytes: number): number {
  return Math.ceil(bytes / CACHE_LINE_BYTES) * CACHE_LINE_BYTES;
}

/** The bytes, rounded up to an odd number of cache lines. */
function oddLines(bytes: number): number {
  const lines = Math.ceil(bytes / CACHE_LINE_BYTES);
  return (lines | 1) * CACHE_LINE_BYTES;
}
