// SPDX-License-Identifier: MIT
// The memory that recvmmsg fills and sendmmsg sends: one arena, laid out once. The same mmsghdr
// array goes in and out; a reply needs its length written, and nothing else.

import { ANSWER, DatagramBatch } from '../datagram-batch.ts';
import { formatAddressWords, MAPPED_PREFIX, type SocketAddress } from '../ip-address.ts';
import { BatchControl } from './control.ts';
import { SegmentGroups } from './segment-groups.ts';
import { zoneName } from '../interfaces.ts';
import { IOVEC, MMSGHDR, SOCKADDR_IN6 } from './layout.ts';
import type { Libc, Pointer } from './libc.ts';

/** Datagrams (or coalesced runs of them) for each system call. Past 64 a call saves nothing more. */
export const BATCH_SLOTS = 64;

/** Longest payload of any UDP datagram, and of a run that the kernel coalesced. */
const MAX_SLOT_BYTES = 65_535;

/** A sockaddr_in6, padded so that no two share a cache line by halves. */
const NAME_STRIDE = 32;

/** Room for every control message that can be asked for, and to spare; see control.ts. */
const CONTROL_STRIDE = 256;

const CACHE_LINE_BYTES = 64;

export interface LinuxBatchOptions {
  readonly slots?: number;
  /** Longest payload of a slot. */
  readonly slotBytes?: number;
  readonly isIPv6: boolean;
  /** The socket asks for control messages. Without them the kernel and we have less to do. */
  readonly hasControl: boolean;
}

export class LinuxBatch extends DatagramBatch {
  /** The whole arena; kept referenced because the kernel's structs hold addresses into it. */
  readonly bytes: Uint8Array;
  readonly u32: Uint32Array;
  readonly u16: Uint16Array;
  /** Where the header of each slot lies: the system calls start at any of them. */
  readonly headerPointers: readonly Pointer[];
  readonly groupHeaderPointers: readonly Pointer[];
  readonly hasControl: boolean;
  readonly isIPv6: boolean;
  readonly slotBytes: number;
  /**
   * Slots lie an odd number of cache lines apart: at a stride of 64 KiB every slot's first lines
   * would fall into the same cache sets. Pages that no datagram reaches are never touched, so they
   * cost address space and no memory.
   */
  readonly slotStride: number;
  readonly control: BatchControl;
  /** Where each region starts, in bytes from the arena's start. */
  readonly headersAt = 0;
  readonly iovecsAt: number;
  readonly namesAt: number;
  readonly controlsAt: number;
  readonly payloadsAt: number;
  /**
   * A second set of headers, iovecs and control messages, for replies that leave in groups; and one
   * more of each, for one datagram out of a run while groups still wait to be sent.
   */
  readonly groupHeadersAt: number;
  readonly groupIovecsAt: number;
  readonly groupControlsAt: number;
  /** The arena's address as a number: user space ends below 2^48, so a double holds it. */
  readonly baseAddress: number;
  readonly #libc: Libc;
  #groups: SegmentGroups | undefined;
  /** Slots whose fields the kernel or `send` has changed since they were last reset. */
  #usedSlots: number;

  constructor(libc: Libc, options: LinuxBatchOptions) {
    const slots = options.slots ?? BATCH_SLOTS;
    super(slots);
    this.hasControl = options.hasControl;
    this.isIPv6 = options.isIPv6;
    this.slotBytes = options.slotBytes ?? MAX_SLOT_BYTES;
    this.slotStride = oddLines(this.slotBytes);
    this.#libc = libc;
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
    this.control = new BatchControl(this);
    this.#usedSlots = slots;
    for (let slot = 0; slot < slots; slot++) this.#pointHeader(slot);
    this.reset();
  }

  /** The batch's replies in groups; made when first asked for, as few sockets need it. */
  get groups(): SegmentGroups {
    this.#groups ??= new SegmentGroups(this);
    return this.#groups;
  }

  override copyOf(index: number): LinuxBatch {
    const { isIPv6, hasControl } = this;
    const length = this.lengths[index]!;
    const copy = new LinuxBatch(this.#libc, { slots: 1, slotBytes: length, isIPv6, hasControl });
    copy.count = 1;
    copy.lengths[0] = length;
    copy.tos[0] = this.tos[index]!;
    copy.sourcePorts[0] = this.sourcePorts[index]!;
    copy.sourceWords.set(this.sourceWords.subarray(index * 4, index * 4 + 4));
    copy.control.copyFrom(this.control, index);
    const name = this.namesAt + index * NAME_STRIDE;
    copy.bytes.set(this.bytes.subarray(name, name + NAME_STRIDE), copy.namesAt);
    const payload = this.offsetOf(index);
    copy.bytes.set(this.bytes.subarray(payload, payload + length), copy.payloadsAt);
    return copy;
  }

  override bytesOf(): Uint8Array {
    return this.bytes;
  }

  override offsetOf(index: number): number {
    return this.payloadsAt + index * this.slotStride;
  }

  override peerOf(index: number): SocketAddress {
    const address = formatAddressWords(this.sourceWords, index * 4);
    const scopeId = this.scopeOf(index);
    const zone = scopeId === 0 ? '' : `%${zoneName(scopeId)}`;
    return { address: `${address}${zone}`, port: this.sourcePorts[index]! };
  }

  /** Address of the name (the peer) of a slot. */
  nameAddress(slot: number): number {
    return this.baseAddress + this.namesAt + slot * NAME_STRIDE;
  }

  /** The zone of a peer's link-local address, which recurs on each link; 0 for any other. */
  scopeOf(slot: number): number {
    if (!this.isIPv6) return 0;
    return this.u32[(this.namesAt + slot * NAME_STRIDE + SOCKADDR_IN6.scopeId) >>> 2]!;
  }

  controlAt(slot: number): number {
    return this.controlsAt + slot * CONTROL_STRIDE;
  }

  groupControlAt(group: number): number {
    return this.groupControlsAt + group * CONTROL_STRIDE;
  }

  /** Address of a payload. */
  payloadAddress(slot: number): number {
    return this.baseAddress + this.offsetOf(slot);
  }

  /** Restores the value-result fields of the slots used, so that the kernel can fill them again. */
  reset(): void {
    const { u32 } = this;
    let header = this.headersAt >>> 2;
    let iovec = (this.iovecsAt + IOVEC.len) >>> 2;
    for (let slot = 0; slot < this.#usedSlots; slot++) {
      u32[header + (MMSGHDR.namelen >>> 2)] = SOCKADDR_IN6.size;
      if (this.hasControl) u32[header + (MMSGHDR.controllen >>> 2)] = CONTROL_STRIDE;
      u32[iovec] = this.slotBytes;
      header += MMSGHDR.size >>> 2;
      iovec += IOVEC.size >>> 2;
    }
    this.#usedSlots = 0;
    this.count = 0;
  }

  /** Reads what recvmmsg wrote into the first `count` slots. Returns the bytes received. */
  load(count: number): number {
    const { u32, u16, lengths, sourceWords, sourcePorts } = this;
    let header = this.headersAt >>> 2;
    let name = this.namesAt >>> 2;
    let bytes = 0;
    for (let slot = 0; slot < count; slot++) {
      const length = u32[header + (MMSGHDR.len >>> 2)]!;
      lengths[slot] = length;
      bytes += length;
      const port = u16[(name << 1) + 1]!;
      sourcePorts[slot] = ((port & 255) << 8) | (port >>> 8);
      const word = slot * 4;
      if (!this.isIPv6) {
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
    this.count = count;
    this.#usedSlots = count;
    if (this.hasControl) this.control.read(count);
    return bytes;
  }

  /** Makes a slot's header ready to be sent: its length, and its control messages if it has any. */
  prepareReply(slot: number, mirrorTos: boolean): void {
    this.u32[(this.iovecsAt + slot * IOVEC.size + IOVEC.len) >>> 2] = this.lengths[slot]!;
    if (!this.hasControl) return;
    const isRun = this.datagramsIn(slot) > 1;
    const segmentBytes = isRun ? this.segmentBytes[slot]! : 0;
    this.u32[(this.headersAt + slot * MMSGHDR.size + MMSGHDR.controllen) >>> 2] =
      this.control.write(this.controlAt(slot), slot, mirrorTos, segmentBytes);
  }

  /**
   * Makes the header at `segmentHeaderPointer` carry one datagram: of a coalesced run, or the only one.
   *
   * @param tellsDeparture  see `BatchControl.write`
   */
  prepareSegment(slot: number, index: number, mirrorTos: boolean, tellsDeparture = false): void {
    const spare = this.capacity;
    const header = this.groupHeadersAt + spare * MMSGHDR.size;
    const iovec = this.groupIovecsAt + spare * IOVEC.size;
    const control = this.groupControlAt(spare);
    this.setPointer(header + MMSGHDR.name, this.nameAddress(slot));
    this.u32[(header + MMSGHDR.namelen) >>> 2] = SOCKADDR_IN6.size;
    this.setPointer(header + MMSGHDR.iov, this.baseAddress + iovec);
    this.u32[(header + MMSGHDR.iovlen) >>> 2] = 1;
    this.setPointer(header + MMSGHDR.control, this.baseAddress + control);
    this.u32[(header + MMSGHDR.controllen) >>> 2] = this.control.write(
      ...([control, slot, mirrorTos, 0, tellsDeparture] as const),
    );
    const offset = index * this.segmentBytes[slot]!;
    this.setPointer(iovec + IOVEC.base, this.payloadAddress(slot) + offset);
    this.u32[(iovec + IOVEC.len) >>> 2] = this.segmentLength(slot, index);
  }

  get segmentHeaderPointer(): Pointer {
    return this.groupHeaderPointers[this.capacity]!;
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

/** From network order as the host reads it to the number it means, or back. */
export function swapWord(word: number): number {
  return ((word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff_0000) | (word << 24)) >>> 0;
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
