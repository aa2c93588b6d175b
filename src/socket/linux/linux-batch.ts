// SPDX-License-Identifier: MIT
// The batch that recvmmsg fills and sendmmsg sends, in the same memory: only the length of a reply has to be written.

import { SENT } from '../counters.ts';
import { ANSWER, DatagramBatch } from '../datagram-batch.ts';
import { zoneName } from '../interfaces.ts';
import { formatAddressWords, MAPPED_PREFIX, type SocketAddress } from '../ip-address.ts';
import {
  BATCH_SLOTS,
  BatchArena,
  CONTROL_STRIDE,
  NAME_STRIDE,
  type BatchArenaOptions,
} from './batch-arena.ts';
import { BatchControl } from './control.ts';
import { IOVEC, MMSGHDR, SOCKADDR_IN6 } from './layout.ts';
import type { Libc, Pointer } from './libc.ts';
import { SegmentGroups } from './segment-groups.ts';

export class LinuxBatch extends DatagramBatch {
  readonly arena: BatchArena;
  readonly control: BatchControl;
  readonly #libc: Libc;
  #groups: SegmentGroups | undefined;
  /** Slots whose fields the kernel or `send` has changed since they were last reset. */
  #usedSlots: number;

  constructor(libc: Libc, options: BatchArenaOptions) {
    super(options.slots ?? BATCH_SLOTS);
    this.#libc = libc;
    this.arena = new BatchArena(libc, options);
    this.control = new BatchControl(this.arena, this);
    this.#usedSlots = this.capacity;
    this.reset();
  }

  /** The batch's replies in groups; created on first use, because few sockets need it. */
  get groups(): SegmentGroups {
    this.#groups ??= new SegmentGroups(this.arena, this, this.control);
    return this.#groups;
  }

  /** The address of each slot's header: a system call may start at any of them. */
  get headerPointers(): readonly Pointer[] {
    return this.arena.headerPointers;
  }

  get segmentHeaderPointer(): Pointer {
    return this.arena.groupHeaderPointers[this.capacity]!;
  }

  override copyOf(index: number): LinuxBatch {
    const { arena } = this;
    const { isIPv6, hasControl } = arena;
    const length = this.lengths[index]!;
    const copy = new LinuxBatch(this.#libc, { slots: 1, slotBytes: length, isIPv6, hasControl });
    copy.count = 1;
    copy.lengths[0] = length;
    copy.tos[0] = this.tos[index]!;
    copy.sourcePorts[0] = this.sourcePorts[index]!;
    copy.sourceWords.set(this.sourceWords.subarray(index * 4, index * 4 + 4));
    copy.control.copyFrom(this.control, index);
    const name = arena.nameAt(index);
    copy.arena.bytes.set(arena.bytes.subarray(name, name + NAME_STRIDE), copy.arena.namesAt);
    const payload = arena.payloadAt(index);
    const payloadBytes = arena.bytes.subarray(payload, payload + length);
    copy.arena.bytes.set(payloadBytes, copy.arena.payloadsAt);
    return copy;
  }

  override bytesOf(): Uint8Array {
    return this.arena.bytes;
  }

  override offsetOf(index: number): number {
    return this.arena.payloadAt(index);
  }

  override peerOf(index: number): SocketAddress {
    const address = formatAddressWords(this.sourceWords, index * 4);
    const scopeId = this.arena.scopeOf(index);
    const zone = scopeId === 0 ? '' : `%${zoneName(scopeId)}`;
    return { address: `${address}${zone}`, port: this.sourcePorts[index]! };
  }

  /** Restores the value-result fields of the used slots, so that the kernel can fill them again. */
  reset(): void {
    const { u32, headersAt, iovecsAt, hasControl, slotBytes } = this.arena;
    let header = headersAt >>> 2;
    let iovec = (iovecsAt + IOVEC.len) >>> 2;
    for (let slot = 0; slot < this.#usedSlots; slot++) {
      u32[header + (MMSGHDR.namelen >>> 2)] = SOCKADDR_IN6.size;
      if (hasControl) u32[header + (MMSGHDR.controllen >>> 2)] = CONTROL_STRIDE;
      u32[iovec] = slotBytes;
      header += MMSGHDR.size >>> 2;
      iovec += IOVEC.size >>> 2;
    }
    this.#usedSlots = 0;
    this.count = 0;
  }

  /** Reads what recvmmsg wrote into the first `count` slots. Returns the bytes received. */
  load(count: number): number {
    const { lengths, sourceWords, sourcePorts } = this;
    const { u32, u16, isIPv6, hasControl, headersAt, namesAt } = this.arena;
    let header = headersAt >>> 2;
    let name = namesAt >>> 2;
    let bytes = 0;
    for (let slot = 0; slot < count; slot++) {
      const length = u32[header + (MMSGHDR.len >>> 2)]!;
      lengths[slot] = length;
      bytes += length;
      const port = u16[(name << 1) + 1]!;
      sourcePorts[slot] = ((port & 255) << 8) | (port >>> 8);
      const word = slot * 4;
      if (!isIPv6) {
        sourceWords[word] = 0;
        sourceWords[word + 1] = 0;
        sourceWords[word + 2] = MAPPED_PREFIX;
        sourceWords[word + 3] = swapWord(u32[name + 1]!);
      } else {
        for (let part = 0; part < 4; part++) {
          sourceWords[word + part] = swapWord(u32[name + 2 + part]!);
        }
      }
      header += MMSGHDR.size >>> 2;
      name += NAME_STRIDE >>> 2;
    }
    this.verdicts.fill(ANSWER, 0, count);
    this.outcomes.fill(SENT, 0, count);
    this.count = count;
    this.#usedSlots = count;
    if (hasControl) this.control.read(count);
    return bytes;
  }

  /** Prepares a slot's header for sending: its length, and its control messages if it has any. */
  prepareReply(slot: number, mirrorTos: boolean): void {
    const { arena } = this;
    arena.u32[(arena.iovecsAt + slot * IOVEC.size + IOVEC.len) >>> 2] = this.lengths[slot]!;
    if (!arena.hasControl) return;
    const isRun = this.datagramsIn(slot) > 1;
    const segmentBytes = isRun ? this.segmentBytes[slot]! : 0;
    arena.u32[(arena.headersAt + slot * MMSGHDR.size + MMSGHDR.controllen) >>> 2] =
      this.control.write(arena.controlAt(slot), slot, mirrorTos, segmentBytes);
  }

  /**
   * Makes the header at `segmentHeaderPointer` carry one datagram, either one of a coalesced run or the only one.
   *
   * @param tellsDeparture  see `BatchControl.write`
   */
  prepareSegment(slot: number, index: number, mirrorTos: boolean, tellsDeparture = false): void {
    const { arena, capacity: spare } = this;
    const header = arena.groupHeadersAt + spare * MMSGHDR.size;
    const iovec = arena.groupIovecsAt + spare * IOVEC.size;
    const control = arena.groupControlAt(spare);
    const controlBytes = this.control.write(control, slot, mirrorTos, 0, tellsDeparture);
    arena.setPointer(header + MMSGHDR.name, arena.nameAddress(slot));
    arena.u32[(header + MMSGHDR.namelen) >>> 2] = SOCKADDR_IN6.size;
    arena.setPointer(header + MMSGHDR.iov, arena.baseAddress + iovec);
    arena.u32[(header + MMSGHDR.iovlen) >>> 2] = 1;
    arena.setPointer(header + MMSGHDR.control, arena.baseAddress + control);
    arena.u32[(header + MMSGHDR.controllen) >>> 2] = controlBytes;
    const offset = index * this.segmentBytes[slot]!;
    arena.setPointer(iovec + IOVEC.base, arena.payloadAddress(slot) + offset);
    arena.u32[(iovec + IOVEC.len) >>> 2] = this.segmentLength(slot, index);
  }
}

/** Converts between network byte order, as the host reads it, and the number. */
export function swapWord(word: number): number {
  return ((word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff_0000) | (word << 24)) >>> 0;
}
