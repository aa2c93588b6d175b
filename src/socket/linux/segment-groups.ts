// SPDX-License-Identifier: MIT
// Groups the replies of a batch by destination, so that one UDP GSO send carries all replies to it. The kernel splits a
// group into datagrams again below the socket, at half the cost (UDP_SEGMENT, Linux 4.18, net/ipv4/udp_offload.c).
// Order within a flow is kept.

import { ANSWER, type DatagramBatch } from '../datagram-batch.ts';
import type { BatchArena } from './batch-arena.ts';
import type { BatchControl } from './control.ts';
import { IOVEC, MMSGHDR, SOCKADDR_IN, SOCKADDR_IN6 } from './layout.ts';

/** UDP_MAX_SEGMENTS of every kernel that has GSO; newer kernels accept 128. */
export const MAX_SEGMENTS = 64;

/** Maximum payload of one GSO send: that of one IPv4 datagram. */
const MAX_GROUP_BYTES = 65_507;

/** Four times the batch, so that probe sequences stay short. A power of two. */
const TABLE_SIZE = 256;

const NONE = -1;

export class SegmentGroups {
  /** How many groups the last `plan` made. */
  count = 0;
  /** Messages (slots) those groups hold. */
  messages = 0;
  readonly #arena: BatchArena;
  readonly #batch: DatagramBatch;
  readonly #control: BatchControl;
  /** Group of the flow that hashes here, plus one; 0 is free. */
  readonly #table = new Uint8Array(TABLE_SIZE);
  readonly #leaders: Uint8Array;
  readonly #tails: Uint8Array;
  readonly #members: Uint8Array;
  readonly #datagrams: Uint8Array;
  readonly #bytes: Uint32Array;
  readonly #segmentBytes: Uint16Array;
  readonly #isClosed: Uint8Array;
  /** The slot that follows a slot in its group, or `NONE`. */
  readonly #next: Int16Array;

  constructor(arena: BatchArena, batch: DatagramBatch, control: BatchControl) {
    const { capacity } = batch;
    this.#arena = arena;
    this.#batch = batch;
    this.#control = control;
    this.#leaders = new Uint8Array(capacity);
    this.#tails = new Uint8Array(capacity);
    this.#members = new Uint8Array(capacity);
    this.#datagrams = new Uint8Array(capacity);
    this.#bytes = new Uint32Array(capacity);
    this.#segmentBytes = new Uint16Array(capacity);
    this.#isClosed = new Uint8Array(capacity);
    this.#next = new Int16Array(capacity);
  }

  /**
   * Groups the batch's answers.
   *
   * @param longestSegmentBytes  longer datagrams are sent alone: they would need IP fragments
   */
  plan(longestSegmentBytes: number, mirrorTos: boolean): void {
    const { count, verdicts } = this.#batch;
    this.#table.fill(0);
    this.count = 0;
    this.messages = 0;
    for (let slot = 0; slot < count; slot++) {
      if (verdicts[slot] !== ANSWER) continue;
      this.messages++;
      const at = this.#find(slot);
      const group = this.#table[at]! - 1;
      if (group >= 0 && this.#accepts(group, slot, mirrorTos)) this.#append(group, slot);
      else this.#table[at] = this.#start(slot, longestSegmentBytes) + 1;
    }
  }

  /** Datagrams in a group. */
  datagramsIn(group: number): number {
    return this.#datagrams[group]!;
  }

  /** Payload bytes in a group. */
  bytesIn(group: number): number {
    return this.#bytes[group]!;
  }

  /** The first slot of a group; `after` gives the others. */
  leaderOf(group: number): number {
    return this.#leaders[group]!;
  }

  /** The slot that follows in the same group, or −1. */
  after(slot: number): number {
    return this.#next[slot]!;
  }

  segmentBytesOf(group: number): number {
    return this.#segmentBytes[group]!;
  }

  /** Writes the groups' headers, iovecs and control messages, ready for sendmmsg. */
  write(mirrorTos: boolean): void {
    let iovec = 0;
    for (let group = 0; group < this.count; group++) {
      this.#writeHeader(group, iovec, mirrorTos);
      iovec = this.#writeIovecs(group, iovec);
    }
  }

  #find(slot: number): number {
    const { sourcePorts, sourceWords } = this.#batch;
    const hash = Math.imul(sourcePorts[slot]! ^ sourceWords[slot * 4 + 3]!, 0x9e37_79b1);
    let at = hash >>> 24;
    for (;;) {
      const group = this.#table[at]! - 1;
      if (group < 0 || this.#isSameFlow(this.#leaders[group]!, slot)) return at;
      at = (at + 1) & (TABLE_SIZE - 1);
    }
  }

  #isSameFlow(slot: number, other: number): boolean {
    const { sourcePorts, sourceWords } = this.#batch;
    if (sourcePorts[slot] !== sourcePorts[other]) return false;
    for (let word = 0; word < 4; word++) {
      if (sourceWords[slot * 4 + word] !== sourceWords[other * 4 + word]) return false;
    }
    const arena = this.#arena;
    if (arena.scopeOf(slot) !== arena.scopeOf(other)) return false;
    return !arena.hasControl || this.#control.isSameLocal(slot, other);
  }

  #accepts(group: number, slot: number, mirrorTos: boolean): boolean {
    if (this.#isClosed[group] === 1) return false;
    const batch = this.#batch;
    const length = batch.lengths[slot]!;
    if (length === 0 || this.#bytes[group]! + length > MAX_GROUP_BYTES) return false;
    if (this.#datagrams[group]! + batch.datagramsIn(slot) > MAX_SEGMENTS) return false;
    if (mirrorTos && batch.tos[slot] !== batch.tos[this.#leaders[group]!]) return false;
    const segmentBytes = this.#segmentBytes[group]!;
    const isRun = batch.datagramsIn(slot) > 1;
    return isRun ? batch.segmentBytes[slot] === segmentBytes : length <= segmentBytes;
  }

  #append(group: number, slot: number): void {
    const length = this.#batch.lengths[slot]!;
    this.#next[this.#tails[group]!] = slot;
    this.#next[slot] = NONE;
    this.#tails[group] = slot;
    this.#members[group] = this.#members[group]! + 1;
    this.#datagrams[group] = this.#datagrams[group]! + this.#batch.datagramsIn(slot);
    this.#bytes[group] = this.#bytes[group]! + length;
    // Only the last datagram of a group may be shorter than the others.
    if (length % this.#segmentBytes[group]! !== 0) this.#isClosed[group] = 1;
  }

  #start(slot: number, longestSegmentBytes: number): number {
    const batch = this.#batch;
    const group = this.count++;
    const length = batch.lengths[slot]!;
    const datagrams = batch.datagramsIn(slot);
    const segmentBytes = datagrams > 1 ? batch.segmentBytes[slot]! : length;
    this.#leaders[group] = slot;
    this.#tails[group] = slot;
    this.#next[slot] = NONE;
    this.#members[group] = 1;
    this.#datagrams[group] = datagrams;
    this.#bytes[group] = length;
    this.#segmentBytes[group] = segmentBytes;
    const isClosed =
      segmentBytes === 0 || segmentBytes > longestSegmentBytes || length % segmentBytes !== 0;
    this.#isClosed[group] = isClosed ? 1 : 0;
    return group;
  }

  #writeHeader(group: number, iovec: number, mirrorTos: boolean): void {
    const arena = this.#arena;
    const leader = this.#leaders[group]!;
    const header = arena.groupHeadersAt + group * MMSGHDR.size;
    const segmentBytes = this.#datagrams[group]! > 1 ? this.#segmentBytes[group]! : 0;
    const controlAt = arena.groupControlAt(group);
    const controlBytes = this.#control.write(controlAt, leader, mirrorTos, segmentBytes);
    arena.setPointer(header + MMSGHDR.name, arena.nameAddress(leader));
    arena.u32[(header + MMSGHDR.namelen) >>> 2] = arena.isIPv6
      ? SOCKADDR_IN6.size
      : SOCKADDR_IN.size;
    arena.setPointer(
      header + MMSGHDR.iov,
      arena.baseAddress + arena.groupIovecsAt + iovec * IOVEC.size,
    );
    arena.u32[(header + MMSGHDR.iovlen) >>> 2] = this.#members[group]!;
    arena.setPointer(header + MMSGHDR.control, arena.baseAddress + controlAt);
    arena.u32[(header + MMSGHDR.controllen) >>> 2] = controlBytes;
  }

  #writeIovecs(group: number, first: number): number {
    const arena = this.#arena;
    let iovec = first;
    for (let slot = this.#leaders[group]!; slot !== NONE; slot = this.#next[slot]!) {
      const at = arena.groupIovecsAt + iovec * IOVEC.size;
      arena.setPointer(at + IOVEC.base, arena.payloadAddress(slot));
      arena.u32[(at + IOVEC.len) >>> 2] = this.#batch.lengths[slot]!;
      iovec++;
    }
    return iovec;
  }
}
